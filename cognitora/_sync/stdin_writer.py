# Derived from ../_async/stdin_writer.py by `make generate`: change that, not this.
"""What a process is given by its standard input."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cognitora_openapi.api.processes import write_process_stdin
from cognitora_openapi.models import ProcessStdin
from cognitora_openapi.operations import OPERATIONS

from .. import parsing, validation
from .._concurrency.slots import Slots
from .._concurrency.threads import sleep
from ..deadline import Deadline, Silence
from ..errors import APITimeoutError, InvalidRequestError, WaitTimeoutError
from .transfer import NO_FILE

if TYPE_CHECKING:
    from .base_client import BaseClient

PIECE_BYTES = 1024 * 1024
"""What one call gives a process at most."""

PAUSE = 0.1
"""Seconds before one that took nothing is given it again."""

MAKING = threading.Lock()


def stdin_writer(
    client: BaseClient, process_id: str, *, taken: int, closed: str = ""
) -> StdinWriter:
    """The one writer of a client for a process, however many handles of it there are.

    Each by itself would take what another has written for its own, sent before: it would be lost.
    Arguments as those of `AsyncStdinWriter`.
    """
    with MAKING:  # a weak dictionary's own setdefault may give two threads one each
        writer: StdinWriter | None = client.stdin_writers.get(process_id)
        if writer is None:
            writer = StdinWriter(client, process_id, taken=taken, closed=closed)
            client.stdin_writers[process_id] = writer
    writer.hear(taken)
    return writer


class StdinWriter:
    """Gives a process each byte once, whatever becomes of a call; who gives it more meanwhile waits.

    Args:
        client: What sends.
        process_id: Whose input it is.
        taken: How many bytes it was given before.
        closed: Why it takes none, where that is known; "" otherwise.
    """

    def __init__(
        self, client: BaseClient, process_id: str, *, taken: int, closed: str = ""
    ) -> None:
        self._client = client
        self._process_id = process_id
        self._taken: int | None = taken
        self._closed = closed
        self._turn = Slots(1)
        self._hearing = threading.Lock()

    def hear(self, taken: int) -> None:
        """It has been told that so much was taken by now: by others too, perhaps."""
        with self._hearing:
            if self._taken is not None:  # while something is given, nothing said before counts
                self._taken = max(self._taken, taken)

    def checked(self, data: object) -> bytes:
        """What is to be given, as bytes.

        Raises:
            InvalidRequestError: It can't be given.
        """
        content = input_bytes("data", data)
        if content and self._closed:
            raise InvalidRequestError(
                f"data can't be given to process {self._process_id}: {self._closed}."
            )
        return content

    def give(self, data: bytes, deadline: Deadline, *, close: bool) -> None:
        """Gives it all of `data`, and then, if so said, the end of its input.

        Raises:
            ConflictError: It takes no more.
            WaitTimeoutError: It hasn't taken all in time.
            CognitoraError: The call failed otherwise.
        """
        if not self._turn.take(deadline.left()):
            raise self._not_taken(0, len(data), deadline, None)
        try:
            self._give(data, deadline, close=close)
        finally:
            self._turn.give_back()
        if close:
            self._closed = "its input was closed before"

    def _give(self, data: bytes, deadline: Deadline, *, close: bool) -> None:
        start = place = self._place(deadline)
        told = None
        while True:
            piece = data[place - start : place - start + PIECE_BYTES]
            last = place - start + len(piece) >= len(data)
            try:
                told = self._put(piece, place, deadline, close=close and last)
            except APITimeoutError as error:
                if not data or deadline.remaining() > 0:
                    raise
                raise self._not_taken(place - start, len(data), deadline, told) from error
            if told.offset - start >= len(data) and (told.closed or not close):
                self._taken = told.offset
                return
            if told.offset == place and piece:
                sleep(min(PAUSE, deadline.remaining()))
            place = told.offset

    def _not_taken(
        self, taken: int, of: int, deadline: Deadline, told: ProcessStdin | None
    ) -> WaitTimeoutError:
        return WaitTimeoutError(
            f"Process {self._process_id} has taken {taken} of {of} bytes within "
            f"{deadline.seconds:g} s, as far as is known.",
            last=told,
            operation="write_process_stdin",
            is_retryable=False,
            may_have_run=True,
        )

    def _place(self, deadline: Deadline) -> int:
        """How much it has been given: asked for, where a call before has failed and nobody knows."""
        with self._hearing:
            taken, self._taken = self._taken, None
        if taken is None:
            taken = (self._put(b"", 0, deadline, close=False)).offset
        return taken

    def _put(self, piece: bytes, offset: int, deadline: Deadline, *, close: bool) -> ProcessStdin:
        built = write_process_stdin.build_request(
            self._process_id, body=NO_FILE, offset=offset, close=close
        )
        response = self._client.send(
            OPERATIONS["write_process_stdin"],
            built["url"],
            params=built["params"],
            headers={"Content-Type": "application/octet-stream"},
            body=piece,
            deadline=Silence(self._client.config.timeout, deadline),
        )
        return parsing.one(response, ProcessStdin)


def input_bytes(name: str, data: object) -> bytes:
    """What a process is to be given, as bytes.

    Raises:
        InvalidRequestError: It is neither bytes nor text.
    """
    if isinstance(data, str):
        return validation.text(name, data).encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise InvalidRequestError(f"{name} must be bytes or str, not {type(data).__name__}.")
