"""Takes frames out of a stream whose sender isn't trusted."""

from __future__ import annotations

from collections.abc import Iterator

from cognitora_local.kernel.drivers.python_driver.frames import FRAME_LIMIT, LENGTH, unpack

FIELDS = 200
"""The most fields in a frame that a driver sends: a kind, and two for each representation."""


class FrameError(Exception):
    """The sender doesn't keep to the protocol."""


class FrameBuffer:
    """Bytes in, whole frames out. Holds no more than one frame of the largest size."""

    def __init__(self) -> None:
        self._data = bytearray()

    def portion(self, data: bytes, frames: int) -> int:
        """How many bytes of `data`, which is what comes next, complete so many frames at most."""
        kept = bytes(self._data[:LENGTH])
        position = -len(self._data)
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
        while len(self._data) >= LENGTH:
            size = int.from_bytes(self._data[:LENGTH], "big")
            if size > FRAME_LIMIT:
                raise FrameError(f"a frame of {size:,} bytes was announced")
            end = LENGTH + size
            if len(self._data) < end:
                return
            body = bytes(self._data[LENGTH:end])
            del self._data[:end]
            yield _fields(body)


def _fields(body: bytes) -> list[str]:
    try:
        fields = unpack(body, most=FIELDS)
    except ValueError as error:
        raise FrameError("a frame can't be read") from error
    if not fields:
        raise FrameError("a frame is empty")
    return fields
