"""A process whose input, output and signals are this program's."""

from __future__ import annotations

import base64
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from typing import Any

from cognitora import CognitoraError, OutputPiece, Process, ProcessInfo

from . import exit_codes, output, signals, terminal
from .context import Cli
from .failures import Failure, as_options

PIECE = 65536
AS_LONG_AS_IT_RUNS = 1e9
"""Seconds that it may take to read what it is given."""

LAST_WORD = 5.0
"""Seconds to tell it that this program ends."""

TOLD_AS = {signal.SIGINT: "INT", signal.SIGTERM: "TERM"}
"""What it is told of the signals that end this program; of the others it is told HUP."""


def attached(cli: Cli, process: Process, *, stdin: bool, terminal: bool) -> int:
    """Stays with a process until it ends.

    Args:
        cli: Where it is shown.
        process: The process.
        stdin: Whether it is given what comes on standard input.
        terminal: Whether it has a terminal, which is this one then.

    Returns:
        Its exit code, or one of our own.

    Raises:
        Failure: It has none, because it was stopped with its sandbox; or a part of what it printed is lost.
    """
    with ExitStack() as held:
        held.enter_context(_in_the_terminal(process) if terminal else _interrupting(process))
        if stdin:
            threading.Thread(target=_give, args=[process], daemon=True).start()
        try:
            for piece in process:
                _show(cli, piece)
        except signals.Signalled as end:
            # A shell heeds no TERM: that its terminal is gone is what ends it.
            _tell(process, "HUP" if terminal else TOLD_AS.get(signal.Signals(end.number), "HUP"))
            raise
    return _ended(cli, process.wait())


def replay(cli: Cli, process: Process, *, follow: bool) -> None:
    """Shows what a process has printed so far, or all that it prints until it has ended."""
    end = None if follow else process.info.output_bytes or 0
    shown = 0
    if end == 0:
        return
    for piece in process:
        data = piece.data if end is None else piece.data[: end - shown]
        _show(cli, OutputPiece(piece.stream, data, piece.text))
        shown += len(data)
        if shown == end:
            return


def _show(cli: Cli, piece: OutputPiece) -> None:
    if not piece.data:
        return
    if not cli.json:
        output.write(piece.stream, piece.data)
        return
    said: dict[str, Any] = {"type": piece.stream}
    try:
        said["data"] = piece.data.decode()
    except UnicodeDecodeError:
        said |= {"data": base64.b64encode(piece.data).decode(), "encoding": "base64"}
    output.json_line(said)


def _ended(cli: Cli, info: ProcessInfo) -> int:
    code = info.exit_code
    if info.status.upper() == "TIMEOUT":
        code = exit_codes.TIMED_OUT
    if code is None:
        what = as_options(info.reason or f"It has ended as {info.status}, with no exit code.")
        raise Failure(what, kind="CognitoraError")
    if info.output_cut:
        raise Failure(
            f"What it printed beyond {info.output_limit} bytes is lost; its exit code was {code}.",
            "Have it write to a file, and fetch that with `cognitora cp`.",
            kind="CognitoraError",
        )
    if exit_codes.has_more(info.reason):
        cli.note(as_options(str(info.reason)))
    cli.end(
        {
            "type": "end",
            "exit_code": code,
            "status": info.status,
            "reason": info.reason,
            "process_id": info.id,
        }
    )
    return code


def _give(process: Process) -> None:
    """Gives it all that comes on standard input, and then the end."""
    # The process may have ended, or have closed its input: then nobody wants the rest.
    with suppress(CognitoraError):
        while data := os.read(sys.stdin.fileno(), PIECE):
            process.write(data, timeout=AS_LONG_AS_IT_RUNS)
        process.close_stdin()


@contextmanager
def _interrupting(process: Process) -> Iterator[None]:
    """The first Ctrl-C goes to the process, the second kills it, the third ends this program alone."""
    calls: list[Callable[[], None]] = [lambda: process.signal("INT"), process.kill]
    with _aside() as later:

        def interrupted(number: int, _: object) -> None:
            if not calls:
                raise signals.Signalled(number)
            later(calls.pop(0))

        before = signal.getsignal(signal.SIGINT)
        if before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _in_the_terminal(process: Process) -> Iterator[None]:
    """Keys go to the process as they come, and the window's size whenever it changes."""
    with _aside() as later:

        def resize() -> None:
            later(lambda: process.resize(*terminal.size()))

        with terminal.watched(resize), terminal.raw():
            resize()  # it may have changed while the process was started
            yield


@contextmanager
def _aside() -> Iterator[Callable[[Callable[[], None]], None]]:
    """What has calls made one after the other by a thread of their own: a signal's handler can't wait."""
    # Its `put` may interrupt itself, as signals do.
    queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def work() -> None:
        while call := queue.get():
            with suppress(CognitoraError):
                call()

    threading.Thread(target=work, daemon=True).start()
    try:
        yield queue.put
    finally:
        queue.put(None)


def _tell(process: Process, name: str) -> None:
    with suppress(CognitoraError):
        process.signal(name, request_timeout=LAST_WORD)
