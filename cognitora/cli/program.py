"""All commands, and how a run of one ends."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import typer

from . import (
    containers,
    copying,
    doctor,
    lists,
    logs,
    ports,
    repl,
    run_code,
    run_command,
    servers,
    sessions,
    shell,
    signals,
)
from .command import Command, Group
from .context import Cli
from .exit_codes import FAILED
from .failures import tell

app = typer.Typer(
    cls=Group, help="Run code and containers in secure sandboxes.", no_args_is_help=False
)
WORDS_FOLLOW = {"allow_interspersed_args": False}
"""Of commands whose arguments end with a command and its own options."""

app.command("run", cls=Command)(run_code.run)
app.command("exec", cls=Command, context_settings=WORDS_FOLLOW)(run_command.execute)
app.command("shell", cls=Command)(shell.shell)
app.command("repl", cls=Command)(repl.repl)
app.command("cp", cls=Command)(copying.cp)
app.command("ls", cls=Command)(lists.ls)
app.command("logs", cls=Command)(logs.logs)
app.command("ps", cls=Command)(lists.ps)
app.command("rm", cls=Command)(lists.rm)
app.command("port", cls=Command)(ports.port)
app.add_typer(sessions.app, name="session", cls=Group)
app.add_typer(containers.app, name="container", cls=Group)
app.command("serve", cls=Command, context_settings=servers.PASSED_ON)(servers.serve)
app.command("mcp", cls=Command, context_settings=servers.PASSED_ON)(servers.mcp)
app.command("doctor", cls=Command)(doctor.doctor)


@app.callback()
def _root() -> None:
    """Run code and containers in secure sandboxes."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command.

    Args:
        arguments: What follows the program's name.

    Returns:
        The exit status; see `exit_codes`.
    """
    signals.listen()
    cli = Cli()
    warnings.showwarning = lambda message, *_, **__: cli.note(f"warning: {message}")
    try:
        return _run(cli, list(arguments) or ["--help"])
    except signals.Signalled as end:
        return signals.die(end.number)


def _run(cli: Cli, arguments: list[str]) -> int:
    try:
        with cli:
            main = typer.main.get_command(app).main
            return int(main(arguments, prog_name="cognitora", standalone_mode=False, obj=cli) or 0)
    except signals.Signalled as end:
        cli.record({"type": "end", "signal": end.number})
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told without a traceback
        if isinstance(error, typer.TyperException) and "--json" in arguments:
            cli.json = True  # it was found wrong before its options were read
        cli.fail(error)
        cli.record(tell(error).to_dict())
        return FAILED
