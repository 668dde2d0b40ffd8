"""All commands, and how a run of one ends."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from cognitora import __version__

from . import (
    containers,
    copying,
    doctor,
    lists,
    logs,
    output,
    ports,
    repl,
    run_code,
    run_command,
    servers,
    sessions,
    shell,
    signals,
)
from .command import WORDS_FOLLOW, Json, Local, command, take
from .context import Cli
from .exit_codes import FAILED
from .failures import is_usage, tell

HELP = "Run code and containers in secure sandboxes."

app = typer.Typer(help=HELP)
command(app, "run")(run_code.run)
command(app, "exec", WORDS_FOLLOW)(run_command.execute)
command(app, "shell")(shell.shell)
command(app, "repl")(repl.repl)
command(app, "cp")(copying.cp)
command(app, "ls")(lists.ls)
command(app, "logs")(logs.logs)
command(app, "ps")(lists.ps)
command(app, "rm")(lists.rm)
command(app, "port")(ports.port)
app.add_typer(sessions.app, name="session")
app.add_typer(containers.app, name="container")
command(app, "serve", servers.PASSED_ON)(servers.serve)
command(app, "mcp", servers.PASSED_ON)(servers.mcp)
command(app, "doctor")(doctor.doctor)


@app.callback(help=HELP, invoke_without_command=True)
def _root(
    context: typer.Context,
    json: Json = False,
    local: Local = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    cli: Cli = context.obj
    take(cli, json=json, local=local)
    if version:
        cli.show({"version": __version__}, f"cognitora {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command.")


def run(arguments: Sequence[str]) -> int:
    """Runs a command.

    Args:
        arguments: What follows the program's name.

    Returns:
        The exit status; see `exit_codes`.
    """
    output.reserve()
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
        with suppress(OSError):
            cli.record({"type": "end", "signal": end.number})
        raise
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # nobody reads typer's help any more
            raise signals.Signalled(signal.SIGPIPE) from None
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told without a traceback
        # It may have been found wrong before its options were read.
        cli.json |= is_usage(error) and "--json" in arguments
        with suppress(OSError):  # it may be the outcome that can't be written
            cli.record(tell(error).to_dict())
        cli.fail(error)  # afterwards: whoever reads it may have left, which ends this program
        return FAILED
