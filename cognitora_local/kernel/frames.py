"""Takes frames out of a stream whose sender isn't trusted."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from cognitora_local.kernel.drivers.python_driver.frames import FRAME_LIMIT, LENGTH, unpack

SMALL = 2**16
"""Bytes of a frame that is read when all of it has come."""

FIELDS = 200
"""The most fields in a frame that a driver sends: a kind, and two for each representation."""


class FrameError(Exception):
    """The sender doesn't keep to the protocol."""


class FrameBuffer:
    """Bytes in, whole frames out. Holds no more than one frame of the largest size."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._large: _LargeFrame | None = None  # of which `_data` is what comes next

    def portion(self, data: bytes, frames: int) -> int:
        """How many bytes of `data`, which is what comes next, complete so many frames at most."""
        kept = bytes(self._data[:LENGTH])
        position = -len(self._data)
        if self._large is not None:
            position += self._large.left
            frames -= 1
            if position >= len(data):
                return len(data)
        for _ in range(frames):
            length = (
                kept + data[: LENGTH - len(kept)]
                if position < 0
                else data[position : position + LENGTH]
            )
            position += LENGTH + int.from_bytes(length, "big")
            if len(length) < LENGTH or position >= len(data):
                return len(data)
        return position

    def feed(self, data: bytes) -> Iterator[list[str]]:
        """The frames that `data` completes, lazily. Raises FrameError at the first bad one."""
        self._data += data
        while self._large is not None or len(self._data) >= LENGTH:
            if self._large is not None:
                self._large.feed(self._data)
                if self._large.left:
                    return
                fields, self._large = self._large.fields, None
                yield fields
                continue
            size = int.from_bytes(self._data[:LENGTH], "big")
            if size > FRAME_LIMIT:
                raise FrameError(f"a frame of {size:,} bytes was announced")
            end = LENGTH + size
            if len(self._data) >= end:
                body = bytes(self._data[LENGTH:end])
                del self._data[:end]
                yield _fields(body)
            elif size > SMALL:
                del self._data[:LENGTH]
                self._large = _LargeFrame(size)
            else:
                return


class _LargeFrame:
    """A frame that is read as it comes: read at its end, it would keep everybody waiting."""

    def __init__(self, size: int) -> None:
        self.left = size
        """Bytes of it that haven't come yet."""
        self.fields: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text: list[str] | None = None  # of the field that comes
        self._length = 0  # what is left of it

    def feed(self, data: bytearray) -> None:
        """Take off `data` what is known to belong to it. Raises FrameError."""
        while self.left:
            if self._text is None:
                if len(data) < LENGTH <= self.left:
                    return
                self._begin(int.from_bytes(data[:LENGTH], "big"))
                del data[:LENGTH]
            elif not data and self._length:
                return
            if self._text is not None:
                self._go_on(data, self._text)

    def _begin(self, length: int) -> None:
        self.left -= LENGTH
        if length > self.left or len(self.fields) == FIELDS:
            raise FrameError("a frame can't be read")
        self._text, self._length = [], length

    def _go_on(self, data: bytearray, text: list[str]) -> None:
        piece = bytes(data[: self._length])
        del data[: len(piece)]
        self._length -= len(piece)
        self.left -= len(piece)
        try:
            text.append(self._decoder.decode(piece, final=not self._length))
        except ValueError as error:
            raise FrameError("a frame can't be read") from error
        if not self._length:
            self.fields.append("".join(text))
            self._text = None


def _fields(body: bytes) -> list[str]:
    try:
        fields = unpack(body, most=FIELDS)
    except ValueError as error:
        raise FrameError("a frame can't be read") from error
    if not fields:
        raise FrameError("a frame is empty")
    return fields
