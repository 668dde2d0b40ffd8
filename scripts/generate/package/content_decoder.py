"""The packing of answers, undone with a limit. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

MAX_ANSWER_BYTES = 128 * 1024 * 1024
"""The largest answer that is read into memory, unpacked; what is streamed may be larger."""

MAX_REFUSAL_BYTES = 1024 * 1024
"""As much is read of an error's explanation."""

AT_ONCE = 16 * 1024
"""So much is unpacked at a time: what follows a member is copied, and there may be thousands of them."""


class ContentError(Exception):
    """A body is packed wrongly or larger than allowed; the message says which."""


class ContentDecoder:
    """Takes an answer's body as it travelled and gives it as it was meant, `gzip` undone.

    A body of no bytes is one, whatever its packing is said to be.

    Args:
        encoding: The header `Content-Encoding`.
        limit: The most bytes to give; None for any number.
    """

    def __init__(self, encoding: str, limit: int | None) -> None:
        self._coding = encoding.strip().lower()
        self._member: zlib._Decompress | None = None
        self._left = limit

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What another piece of the body amounts to.

        Raises:
            ContentError: It is packed wrongly, or larger than allowed.
        """
        if self._coding in ("", "identity"):
            yield self._count(piece)
            return
        if piece and self._coding not in ("gzip", "x-gzip"):
            raise ContentError(
                f"it is packed as {self._coding[:20]!r}, and only gzip was asked for"
            )
        for start in range(0, len(piece), AT_ONCE):
            yield from self._unpack(piece[start : start + AT_ONCE])

    def _unpack(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            if self._member is None or self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            try:
                plain = self._member.decompress(piece, 1 << 20)
            except zlib.error:
                raise ContentError("its gzip packing is broken") from None
            yield self._count(plain)
            piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def end(self) -> None:
        """Raises ContentError if the packed body was cut off."""
        if self._member is not None and not self._member.eof:
            raise ContentError("its gzip packing is cut off")

    def _count(self, piece: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(piece)
            if self._left < 0:
                raise ContentError("it is larger than can be taken")
        return piece
