"""Questions for the addresses of names, and their answers: as much of DNS as that takes (RFC 1035)."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address

A, INTERNET = 1, 1
OK, FAILED, NO_SUCH_NAME = 0, 2, 3
MOST_ADDRESSES = 24
"""In an answer: so it fits into the 512 bytes that every program takes."""

_HEADER = struct.Struct("!6H")
_ANSWER, _RECURSES, _TRUNCATED, _DESIRED, _OPCODE = 0x8000, 0x0080, 0x0200, 0x0100, 0x7800
_LABEL = re.compile(rb"[A-Za-z0-9_-]+")
_EDNS = b"\0" + struct.pack("!2HIH", 41, 4096, 0, 0)


class Question:
    """What somebody asks. Raises ValueError for what is no question, or more than one."""

    def __init__(self, message: bytes) -> None:
        self.id, flags, questions, *_ = _header(message)
        if flags & (_ANSWER | _OPCODE) or questions != 1:
            raise ValueError("it isn't one question")
        labels, end = _name(message, 12)
        self.text = message[12 : end + 4]
        # A dot within a label would make one name look like another; nor does a question point back.
        if not all(map(_LABEL.fullmatch, labels)) or message[end - 1]:
            raise ValueError("it is about no host")
        self.kind, self.family = struct.unpack("!2H", _part(message, end, 4))
        self.name = b".".join(labels).decode("ascii").lower()
        self._flags = flags & _DESIRED

    def answer(self, code: int, addresses: Sequence[IPv4Address] = (), seconds: int = 0) -> bytes:
        """The whole message."""
        flags = _ANSWER | _RECURSES | self._flags | code
        records = b"".join(
            struct.pack("!3HIH", 0xC00C, A, INTERNET, seconds, 4) + address.packed
            for address in addresses
        )
        return _HEADER.pack(self.id, flags, 1, len(addresses), 0, 0) + self.text + records


class Asked:
    """The same question, put to a name server."""

    def __init__(self, question: Question) -> None:
        self._id = int.from_bytes(os.urandom(2))  # `secrets` would load OpenSSL, at each start
        self._text = question.text
        self.message = _HEADER.pack(self._id, _DESIRED, 1, 0, 0, 1) + self._text + _EDNS

    def addresses(self, message: bytes) -> tuple[int, list[IPv4Address], int]:
        """The code of the answer, the addresses, and for how many seconds they are good.

        Raises ValueError for what is no answer to this.
        """
        id, flags, questions, answers, *_ = _header(message)
        end = 12 + len(self._text)
        same = message[12:end].lower() == self._text.lower()
        if id != self._id or not flags & _ANSWER or questions != 1 or not same:
            raise ValueError("it answers something else")
        found: list[IPv4Address] = []
        seconds = 2**31 - 1
        for _ in range(answers):
            _, end = _name(message, end)
            kind, family, good, length = struct.unpack("!2HIH", _part(message, end, 10))
            content = _part(message, end + 10, length)
            end += 10 + length
            seconds = min(seconds, good)
            if (kind, family, length) == (A, INTERNET, 4):
                found.append(IPv4Address(content))
        if flags & _TRUNCATED and not found:
            raise ValueError("there is nothing in it")
        return flags & 0xF, found[:MOST_ADDRESSES], seconds if found else 0


def _header(message: bytes) -> tuple[int, ...]:
    return _HEADER.unpack(_part(message, 0, _HEADER.size))


def _part(message: bytes, start: int, length: int) -> bytes:
    found = message[start : start + length]
    if len(found) != length:
        raise ValueError("it is cut off")
    return found


def _name(message: bytes, start: int) -> tuple[list[bytes], int]:
    """The labels of a name, and where it ends. A pointer to what came before isn't followed."""
    labels: list[bytes] = []
    while True:
        length = _part(message, start, 1)[0]
        if length >= 0xC0:
            return labels, start + 2
        if length > 63:
            raise ValueError("a label is too long")
        start += 1
        if not length:
            return labels, start
        label = _part(message, start, length)
        labels.append(label)
        start += length
