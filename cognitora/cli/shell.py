"""`cognitora shell`: a terminal in a sandbox."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from . import options, output, terminal
from .attached import attached
from .context import Cli
from .failures import Failure

SHELL = ("sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec sh")
"""The best shell that is there."""

NO_TERMINAL = "There is no terminal to work in."


def shell(
    context: typer.Context,
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="A session or container; by default a session that ends with the shell.",
        ),
    ] = None,
    environment: options.Environment = None,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="In a container, as which user.")
    ] = None,
    outcome: options.Outcome = None,
) -> int:
    """Work in a session or a container: a shell, in this terminal. Its exit code is the shell's own."""
    cli: Cli = context.obj
    cli.outcome_to(outcome)
    if not (output.has_input() and output.is_terminal("stdout")):
        raise Failure(NO_TERMINAL, "`cognitora exec ID -- sh -c '…'` needs none.")
    with ExitStack() as held:
        sandbox = held.enter_context(cli.own_session()) if id is None else cli.sandbox(id)
        with cli.waiting("Starting a shell"):
            process = sandbox.start(
                SHELL,
                environment=terminal.environment() | (options.pairs("--env", environment) or {}),
                user=user,
                terminal=terminal.size(),
            )
        return attached(cli, process, stdin=True, terminal=True)
