"""`cognitora exec`: a command in a session or a container."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options, output
from . import terminal as terminals
from .attached import attached
from .context import Cli
from .failures import Failure

Words = Annotated[
    list[str],
    typer.Argument(metavar="COMMAND [ARGUMENT]...", help="The command, after the options."),
]


def execute(
    context: typer.Context,
    id: options.Id,
    command: Words,
    directory: Annotated[
        str | None,
        typer.Option("--directory", "-w", metavar="DIR", help="The folder to run it in."),
    ] = None,
    environment: options.Environment = None,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="In a container, the user to run it as.")
    ] = None,
    timeout: options.Timeout = None,
    stdin: Annotated[
        bool | None,
        typer.Option(
            "--stdin/--no-stdin",
            "-i",
            help="Give it what comes on standard input; by default unless that is a terminal.",
            show_default=False,
        ),
    ] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", "-t", help="Give it a terminal: this one.")
    ] = False,
    outcome: options.Outcome = None,
) -> int:
    """Run a command in a session or a container: byte for byte, as if it ran here.

    The exit code is the command's own; 124 where its time was up, 125 where it could not be run. Ctrl-C
    goes to the command.
    """
    cli: Cli = context.obj
    cli.outcome_to(outcome)
    words = command[1:] if command[0] == "--" else command
    if not words:
        raise Failure("There is no command after --.", "`cognitora exec ID -- ls -l`.")
    if terminal and not (output.has_input() and output.is_terminal("stdout")):
        raise Failure("This is no terminal.", "Leave out -t: input and output are pipes or files.")
    takes = (not output.has_input() if stdin is None else stdin) or terminal
    sandbox = cli.sandbox(id)
    with cli.waiting("Starting"):
        process = sandbox.start(
            words,
            working_directory=directory,
            environment=(terminals.environment() if terminal else {})
            | (options.pairs("--env", environment) or {}),
            user=user,
            timeout_seconds=timeout,
            stdin=takes,
            terminal=terminals.size() if terminal else None,
        )
    return attached(cli, process, stdin=takes, terminal=terminal)
