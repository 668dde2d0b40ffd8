"""Where the frames of a driver begin and end, among the records in which they are."""

from __future__ import annotations

LENGTH = 4
"""Of what a frame begins with: how long it is, as in `kernel/drivers/python_driver/frames.py`."""


class Frames:
    """Follows what a driver sends."""

    def __init__(self) -> None:
        self._length = b""  # as much of it as has come, of the frame that comes
        self._left = 0  # of that one's body
        # The first and the last record of each frame that is in several; 0: its last is yet to come.
        self._spans: list[tuple[int, int]] = []

    def divided(self, data: bytes, number: int) -> list[bytes]:
        """What a driver has sent, in records from this number on.

        A frame that isn't complete yet begins a record of its own: so who takes up what follows after a
        record begins with a frame.
        """
        begins = self._follow(data)
        pieces = [piece for piece in (data[:begins], data[begins:]) if piece]
        if begins and self._spans and not self._spans[-1][1]:
            self._spans[-1] = (self._spans[-1][0], number)
        if begins < len(data) and (begins or not self._spans or self._spans[-1][1]):
            self._spans.append((number + len(pieces) - 1, 0))
        return pieces

    def whole(self, number: int) -> int:
        """The last record, up to this one, behind which a frame begins. What is before it is forgotten."""
        self._spans = [span for span in self._spans if not 0 < span[1] <= number]
        return min(number, self._spans[0][0] - 1) if self._spans else number

    def _follow(self, data: bytes) -> int:
        """Where in it that frame begins which it doesn't complete; 0: before it, or with it."""
        position = begins = 0
        while position < len(data):
            if not self._left:
                head = data[position : position + LENGTH - len(self._length)]
                self._length += head
                position += len(head)
                if len(self._length) < LENGTH:
                    break
                self._left = int.from_bytes(self._length, "big")
            taken = min(self._left, len(data) - position)
            self._left -= taken
            position += taken
            if not self._left:
                self._length = b""
                begins = position
        return begins
