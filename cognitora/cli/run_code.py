"""`cognitora run`: code in a sandbox."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from cognitora import ExecuteCodeResponse, ExecutionStream

from . import exit_codes, languages, options, output, pictures, scripts
from .context import Cli
from .failures import Failure
from .shown_outputs import ShownOutputs


def run(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE|-", help="A file of code; - is standard input.")
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGUMENT...", help="What a file is given; options follow --."),
    ] = None,
    code: Annotated[str | None, typer.Option("--code", "-c", help="The code itself.")] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            "-l",
            help="python, javascript or bash; by default the file's, the session's, or python.",
        ),
    ] = None,
    files: options.Files = None,
    session: Annotated[
        str | None,
        typer.Option("--session", "-s", metavar="ID", help="The session to run it in."),
    ] = None,
    no_network: options.NoNetwork = False,
    egress: options.Egress = None,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, help="Stop it after this time.")
    ] = 60,
    environment: options.Environment = None,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", "-i", help="Give it what comes on standard input, once that has ended."
        ),
    ] = False,
    value: Annotated[
        bool | None,
        typer.Option(
            "--value/--no-value",
            help="Show the last expression's value and what is displayed; by default at a terminal.",
            show_default=False,
        ),
    ] = None,
    folder: options.Pictures = None,
    outcome: options.Outcome = None,
) -> int:
    """Run code: a file, -c CODE, or - for standard input. Its outputs come as they are made.

    The exit code is the code's own; 124 where its time was up, 125 where it could not be run.
    """
    cli: Cli = context.obj
    cli.outcome_to(outcome)
    source = _source(file, code, stdin=stdin)
    language = language or _language(file, source, session)
    values = output.is_terminal("stdout") if value is None else value
    script = file if session is None else None
    sent = options.uploads(files) or []
    environ = options.pairs("--env", environment)
    service = cli.client.code_interpreter
    with ExitStack() as held:
        if file is not None and scripts.asks(source, arguments or ()):
            handle = (
                held.enter_context(cli.own_session(language or "python"))
                if session is None
                else service.attach(session)
            )
            scripts.prepare(handle, file, arguments or ())
            session = handle.id
            if file != scripts.NO_NAME:
                sent.insert(0, scripts.upload(file, source))
        stream = service.stream(
            source,
            language,
            session,
            sent or None,
            timeout,
            environ,
            False if no_network else None,
            stdin=sys.stdin.buffer.read() if stdin else None,
            egress=egress,
        )
        result = run_shown(cli, stream, values=values, script=script)
    saved = pictures.keep(cli, result.images, folder)
    code_of_it = exit_codes.of_code(result)
    cli.end(end_of(result, code_of_it, saved))
    return code_of_it


def run_shown(
    cli: Cli, stream: ExecutionStream, *, values: bool, script: str | None = None
) -> ExecuteCodeResponse:
    """Runs code and shows its outputs as they come.

    Args:
        cli: Where.
        stream: The code.
        values: Whether the last expression's value is shown too.
        script: The file that is all of the code, if it is one.

    Returns:
        How it ended.
    """
    shown = ShownOutputs(json=cli.json, values=values, script=script)
    with cli.waiting("Running") as display, stream:
        for each in stream:
            display.close()
            shown.take(each)
        result = stream.result
    shown.end(result)
    return result


def _source(file: str | None, code: str | None, *, stdin: bool) -> str:
    if (file is None) == (code is None):
        raise Failure(
            "Give either a file or -c CODE.",
            "`cognitora run script.py`, `cognitora run -c 'print(1)'`, or `cognitora run -`.",
        )
    if code is not None:
        return _text(os.fsencode(code), "The code of -c")
    if file == "-" and stdin:
        raise Failure(
            "Standard input can't be both the code and the code's input.",
            "Give the code as a file or by -c.",
        )
    if file == "-":
        return _text(sys.stdin.buffer.read(), "standard input")
    return _text(Path(str(file)).read_bytes(), str(file))


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Failure(
            f"{name} is not text in UTF-8.", "Code is sent as UTF-8: convert it."
        ) from None


def _language(file: str | None, source: str, session: str | None) -> str | None:
    known = languages.of_file("standard input" if file == "-" else file, source) if file else None
    return known or (None if session else "python")


def end_of(result: ExecuteCodeResponse, code: int, saved: list[Path]) -> dict[str, Any]:
    """How it ended, for machines."""
    return {
        "type": "end",
        "exit_code": code,
        "status": result.data.status,
        "errors": list(result.errors or ()),
        "session_id": result.data.session_id,
        "execution_id": result.data.execution_id,
        "execution_time_ms": result.data.execution_time_ms,
        "pictures": [str(path) for path in saved],
    }
