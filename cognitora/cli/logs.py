"""`cognitora logs`: what was printed, and what comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from cognitora import NotFoundError, Process, SessionLogEntry, UnsupportedError
from cognitora.results.outputs import RICH

from . import attached, output
from .context import Cli
from .failures import Failure

PAUSE = 1.0
"""Seconds after which a session is asked for what is new; of others it comes by itself."""

TO_STDERR = ("stderr", "error")
OF_CODE = ("stdout", *TO_STDERR, *RICH, "clear_output")
"""What a session's log has of code; the rest is the service's own words of the session."""


def logs(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="A session, a container or a process.")],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until it has ended.")
    ] = False,
) -> None:
    """Show what was printed in a session, by a container, or by a process."""
    cli: Cli = context.obj
    if (process := _process(cli, id)) is not None:
        attached.replay(cli, process, follow=follow)
    elif not _is_container(cli, id):
        _session(cli, id, follow=follow)
    elif follow:
        follow_container(cli, id)
    else:
        _text(cli, cli.client.containers.get_container_logs(id))


def follow_container(cli: Cli, id: str, begin: Callable[[], object] = lambda: None) -> None:
    """Shows what a container prints until it has ended.

    Args:
        cli: Where.
        id: The container.
        begin: Called when there is something to show.
    """
    containers = cli.client.containers
    end = ""
    for line in containers.follow_logs(id):
        begin()
        if cli.json:
            output.json_line({"type": "log", "data": line})
        else:
            output.write("stdout", f"{end}{line}".encode("utf-8", "replace"))
        end = "\n"
    begin()
    # The lines come without their ends, and the last may have none.
    if end and not cli.json and containers.get_container_logs(id).endswith("\n"):
        output.write("stdout", b"\n")


def _text(cli: Cli, text: str) -> None:
    if not cli.json:
        output.write("stdout", text.encode("utf-8", "replace"))
        return
    for line in text.splitlines():
        output.json_line({"type": "log", "data": line})


def _process(cli: Cli, id: str) -> Process | None:
    try:
        return cli.client.processes.attach(id)
    except (NotFoundError, UnsupportedError):
        return None


def _is_container(cli: Cli, id: str) -> bool:
    try:
        cli.client.containers.get_container(id)
    except NotFoundError:
        return False
    return True


def _session(cli: Cli, id: str, *, follow: bool) -> None:
    """Shows the log of a session, which is there when that has ended, too."""
    newest: SessionLogEntry | None = None
    while True:
        goes_on = follow and _lives(
            cli, id
        )  # looked at first: what it has printed is in the log then
        try:
            new = _newer(cli, id, newest)
        except NotFoundError:
            raise Failure(
                f"There is no session, container or process '{id}' here.",
                "`cognitora ps` lists what there is.",
                kind="NotFoundError",
            ) from None
        for entry in reversed(new):
            _show(cli, entry)
        newest = new[0] if new else newest
        if not goes_on:
            return
        time.sleep(PAUSE)


def _lives(cli: Cli, id: str) -> bool:
    try:
        return cli.client.code_interpreter.get_session(id).status.lower() == "active"
    except NotFoundError:
        return False


def _newer(cli: Cli, id: str, known: SessionLogEntry | None) -> list[SessionLogEntry]:
    """What the log has after an entry, the newest first."""

    def until_known() -> Iterator[SessionLogEntry]:
        for entry in cli.client.code_interpreter.iter_session_logs(id):
            if entry == known:
                return
            yield entry

    return list(until_known())


def _show(cli: Cli, entry: SessionLogEntry) -> None:
    if cli.json:
        output.json_line(entry.to_dict())
        return
    if entry.type not in OF_CODE:
        cli.note(entry.message or f"{entry.type}.")
        return
    stream = "stderr" if entry.type in TO_STDERR else "stdout"
    output.write(stream, (entry.message or "").encode("utf-8", "replace"))
    if entry.type not in ("stdout", "stderr") and not (entry.message or "").endswith("\n"):
        output.write(stream, b"\n")
