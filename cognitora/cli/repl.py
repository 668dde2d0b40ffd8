"""`cognitora repl`: a language, line by line, in a session."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cognitora import CognitoraError, ExecutionStream

from . import exit_codes, options, output, pictures, run_code, signals
from .cells import is_whole, next_cell
from .context import Cli
from .failures import Failure

PROMPTS = {"python": (">>> ", "... "), "javascript": ("> ", "... "), "bash": ("$ ", "> ")}
T = TypeVar("T")
LEAVING = ("exit", "quit", "exit()", "quit()", ".exit")


def repl(
    context: typer.Context,
    language: Annotated[
        str, typer.Option("--language", "-l", help="python, javascript or bash.")
    ] = "python",
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            "-s",
            metavar="ID",
            help="The session to work in; by default one that ends with this.",
        ),
    ] = None,
    no_network: options.NoNetwork = False,
    egress: options.Egress = None,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, help="How long one input may run.")
    ] = 300,
    folder: options.Pictures = None,
) -> int:
    """Run code as it is typed, and show what it gives; a session keeps what it makes.

    Ctrl-C stops what runs, Ctrl-D ends it. Where input comes by a pipe there are no prompts, and the exit
    code is that of what ran last.
    """
    cli: Cli = context.obj
    asks = output.has_input() and output.is_terminal("stdout") and not cli.json
    code = 0
    with ExitStack() as held:
        handle = (
            held.enter_context(cli.own_session(language))
            if session is None
            else cli.client.code_interpreter.attach(session)
        )
        known = str(handle.info.language or language)
        read = _reader(PROMPTS.get(known, PROMPTS["python"]) if asks else None)
        whole = is_whole(known, handle)
        attempt = signals.Interruptions().attempt if asks else _plainly

        def start(cell: str) -> ExecutionStream:
            return handle.stream(
                cell,
                timeout_seconds=timeout,
                networking=False if no_network else None,
                egress=egress,
            )

        while True:
            try:
                cell = attempt(lambda: next_cell(read, whole))
            except signals.BrokenOff:
                output.write("stdout", b"\n")
                continue
            if cell is None or (asks and cell.strip() in LEAVING):
                return 0 if asks else code
            try:
                code = attempt(partial(_run, cli, partial(start, cell), folder, asks=asks))
            except signals.BrokenOff:
                cli.note("stopped.")


def _plainly(action: Callable[[], T]) -> T:
    return action()


def _run(cli: Cli, start: Callable[[], ExecutionStream], folder: Path | None, *, asks: bool) -> int:
    """Runs what was typed; who types is told of what goes wrong, and goes on."""
    try:
        result = run_code.run_shown(cli, start(), values=True)
        code = exit_codes.of_code(result)
        cli.end(run_code.end_of(result, code, pictures.keep(cli, result.images, folder)))
    except (CognitoraError, Failure, OSError) as error:
        if not asks:
            raise
        cli.fail(error)
        return 0
    return code


def _reader(prompts: tuple[str, str] | None) -> Callable[[bool], str | None]:
    """What gives the next line: the first of a cell, or one more of it; None at the end."""
    if prompts is None:
        return _line
    import readline  # noqa: F401 - with which lines can be edited, and found again

    def ask(more: bool) -> str | None:
        try:
            return input(prompts[more])
        except EOFError:
            output.write("stdout", b"\n")
            return None

    return ask


def _line(_: bool) -> str | None:
    line = sys.stdin.buffer.readline()
    return line.decode("utf-8", "replace").removesuffix("\n") if line else None
