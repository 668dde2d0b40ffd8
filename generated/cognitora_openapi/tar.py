"""Folders as tar streams: written, and read piece by piece by those who don't trust who has written.

A member is a file, a folder, a symbolic link, or a hard link to a file of the same folder; nothing else is
taken. Its name is checked before anybody sees it. Written by hand, copied here by `make generate`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

BLOCK = 512
END = bytes(2 * BLOCK)
"""What ends a stream."""

MOST_MEMBERS = 200_000
MOST_WORDS = 32 * 1024 * 1024
"""Characters of the paths of folders and links, and of what links say: a reader has to keep them."""

NAME_BYTES = 255
PATH_BYTES = 4095
MOST_SIZE = 2**53
_MOST_DIGITS = 20
"""Of a size, in what is told of a member; int() takes no number however long."""

FILE, FOLDER, LINK, HARD_LINK = "file", "folder", "link", "hard link"

_KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"5": FOLDER, b"2": LINK, b"1": HARD_LINK}
_FLAGS = {FILE: b"0", FOLDER: b"5", LINK: b"2", HARD_LINK: b"1"}
_ABOUT_NEXT = (b"x", b"L", b"K")
_ABOUT_ALL = b"g"
_MOST_ABOUT = 64 * 1024
_REFUSED = {b"3": "a device", b"4": "a device", b"6": "a pipe", b"S": "a file with holes"}


class ArchiveError(ValueError):
    """A stream that isn't taken: what is wrong with it."""


class Member:
    """What a folder holds.

    Attributes:
        path: where, relative to the folder; bytes that aren't UTF-8 are surrogates. "" is the folder itself.
        kind: FILE, FOLDER, LINK or HARD_LINK.
        size: of a file, in bytes.
        mode: its permissions.
        modified: when, in seconds since 1970.
        target: of a link, what it says; of a hard link, the path of the file in the folder.
    """

    __slots__ = ("kind", "mode", "modified", "path", "size", "target")

    def __init__(
        self,
        path: str,
        kind: str,
        size: int = 0,
        mode: int = 0o644,
        modified: int = 0,
        target: str = "",
    ) -> None:
        self.path = path
        self.kind = kind
        self.size = size
        self.mode = mode
        self.modified = modified
        self.target = target


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a member's path, which doesn't lead out of the folder.

    Raises:
        ArchiveError: It is absolute, has a `..` or a NUL in it, or is longer than Linux takes.
    """
    if path.startswith("/"):
        raise ArchiveError(f"{shown(path)} is absolute")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if ".." in parts:
        raise ArchiveError(f"{shown(path)} leads out of the folder")
    if "\0" in path or len(_bytes(path)) > PATH_BYTES:
        raise ArchiveError(f"{shown(path)} has a NUL in it or is too long")
    if any(len(_bytes(part)) > NAME_BYTES for part in parts):
        raise ArchiveError(f"{shown(path)} has a part of more than {NAME_BYTES} bytes")
    return parts


def leads_out(path: str, target: str) -> bool:
    """Whether a link at a member's path leads out of the folder, or might by way of other links.

    Only a `..` that nothing stands before climbs from a place that is known: the link's own folder. After a
    name it climbs from wherever that name leads, if it is a link too.
    """
    parts = [part for part in target.split("/") if part not in ("", ".")]
    climbs = next((at for at, part in enumerate(parts) if part != ".."), len(parts))
    return target.startswith("/") or climbs >= len(parts_of(path)) or ".." in parts[climbs:]


def shown(path: str) -> str:
    """A path, in a message."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return repr(text if len(text) <= 200 else f"{text[:200]}…")


def header(member: Member) -> bytes:
    """What stands before a member's bytes, which are followed by `padding`."""
    path = _bytes(member.path + "/" if member.kind == FOLDER else member.path)
    target = _bytes(member.target)
    more = []
    if len(path) > 100:
        more.append((b"path", path))
    if len(target) > 100:
        more.append((b"linkpath", target))
    if member.size >= 8**11:
        more.append((b"size", b"%d" % member.size))
    block = _block(member, path[:100], target[:100], _FLAGS[member.kind], member.size)
    if not more:
        return block
    records = b"".join(_record(key, value) for key, value in more)
    before = _block(Member("", FILE), b"pax", b"", b"x", len(records))
    return before + records + padding(len(records)) + block


def padding(size: int) -> bytes:
    """What follows a member's bytes."""
    return bytes(-size % BLOCK)


class Reader:
    """Takes a stream apart as it comes, in constant memory.

    Args:
        most_members: How many members it may have.
    """

    def __init__(self, most_members: int = MOST_MEMBERS) -> None:
        self._most = most_members
        self._seen = self._words = 0
        self._held = bytearray()
        self._left = 0  # bytes of the file that is being read
        self._skipped = 0  # bytes to pass over
        self._about = b""  # the kind of what is told of the next member, while that is being read
        self._about_size = 0
        self._told: dict[str, str] = {}
        self.ended = False

    def feed(self, data: bytes) -> Iterator[Member | bytes]:
        """The members that begin in `data`, and of files the bytes that follow.

        Raises:
            ArchiveError: It is no such stream, or has what isn't taken.
        """
        at = 0
        while at < len(data) and not self.ended:
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                yield piece
            elif self._skipped:
                step = min(self._skipped, len(data) - at)
                self._skipped -= step
                at += step
            else:
                wanted = (self._about_size or BLOCK) - len(self._held)
                piece = data[at : at + wanted]
                self._held += piece
                at += len(piece)
                if len(piece) == wanted:
                    held, self._held = bytes(self._held), bytearray()
                    if (member := self._next(held)) is not None:
                        yield member

    def finish(self) -> None:
        """Raises ArchiveError where the stream has broken off."""
        if not self.ended:
            raise ArchiveError("it breaks off")

    def _next(self, held: bytes) -> Member | None:
        if self._about_size:
            self._tell(self._about, held)
            self._skipped, self._about_size = len(padding(len(held))), 0
            return None
        if not any(held):
            self.ended = True
            return None
        if _checksum(held) != _number(held[148:156]):
            raise ArchiveError("it is no tar stream")
        flag, size = held[156:157], _number(held[124:136])
        if flag in _ABOUT_NEXT or flag == _ABOUT_ALL:
            if not 0 < size <= _MOST_ABOUT:
                raise ArchiveError(f"it tells more than {_MOST_ABOUT} bytes of a member")
            self._about, self._about_size = flag, size
            return None
        return self._member(held, flag, size)

    def _member(self, held: bytes, flag: bytes, size: int) -> Member:
        told, self._told = self._told, {}
        path = told.get("path") or _path(held)
        self._seen += 1
        if self._seen > self._most:
            raise ArchiveError(f"it has more than {self._most} members")
        if flag not in _KINDS:
            raise ArchiveError(f"{shown(path)} is {_REFUSED.get(flag, 'of an unknown kind')}")
        kind = FOLDER if _KINDS[flag] == FILE and path.endswith("/") else _KINDS[flag]
        if (said := told.get("size", "")).isdecimal():
            size = int(said) if len(said) <= _MOST_DIGITS else MOST_SIZE + 1
        if size > (MOST_SIZE if kind == FILE else 0):
            raise ArchiveError(f"{shown(path)} has a size that can't be")
        target = told.get("linkpath") or _text(held[157:257])
        parts = parts_of(path)
        if not parts and kind != FOLDER:
            raise ArchiveError(f"{shown(path)} names nothing")
        if kind in (LINK, HARD_LINK) and (not target or "\0" in target):
            raise ArchiveError(f"{shown(path)} is a link to nothing")
        if kind == HARD_LINK:
            target = "/".join(parts_of(target))
        self._words += 0 if kind == FILE else len(path) + len(target)
        if self._words > MOST_WORDS:
            raise ArchiveError("the paths of its folders and links are too long, all together")
        self._left, self._skipped = size, len(padding(size))
        mode = _number(held[100:108]) & 0o7777
        modified = min(_number(held[136:148]), 2**33)
        return Member("/".join(parts), kind, size, mode, modified, target)

    def _tell(self, flag: bytes, held: bytes) -> None:
        if flag == b"L":
            self._told["path"] = _text(held)
        elif flag == b"K":
            self._told["linkpath"] = _text(held)
        elif flag == b"x":
            for key, value in _records(held):
                if key.startswith("GNU.sparse."):
                    raise ArchiveError("it has a file with holes")
                self._told[key] = value


def _records(held: bytes) -> Iterator[tuple[str, str]]:
    """https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, Extended Header."""
    while held:
        length, _, _ = held[:12].partition(b" ")
        size = int(length) if length.isdigit() else 0
        record = held[len(length) + 1 : size]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n") or size > len(held):
            raise ArchiveError("what it tells of a member is broken")
        yield key.decode("utf-8", "replace"), _decoded(value[:-1])
        held = held[size:]


def _record(key: bytes, value: bytes) -> bytes:
    size = length = len(key) + len(value) + 3
    while size != length + len(str(size)):
        size = length + len(str(size))
    return b"%d %s=%s\n" % (size, key, value)


def _block(member: Member, path: bytes, target: bytes, flag: bytes, size: int) -> bytes:
    block = bytearray(BLOCK)
    block[0 : len(path)] = path
    block[100:124] = b"%07o\0%07o\0%07o\0" % (member.mode & 0o7777, 0, 0)
    block[124:136] = b"%011o\0" % (size if size < 8**11 else 0)
    block[136:148] = b"%011o\0" % min(max(member.modified, 0), 8**11 - 1)
    block[156:157] = flag
    block[157 : 157 + len(target)] = target
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % _checksum(block)
    return bytes(block)


def _checksum(block: bytes | bytearray) -> int:
    """The sum of its bytes, with spaces for those that say it.

    Adler-32 sums up to 256 bytes in its lower half, from 1 on, in a fraction of the time that sum() takes.
    """
    pieces = (block[:148], block[156:400], block[400:BLOCK])
    return 8 * 32 + sum((zlib.adler32(piece) & 0xFFFF) - 1 for piece in pieces)


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU's way for what is too large
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    text = field.strip(b" \0")
    if text.strip(b"01234567"):
        raise ArchiveError("it is no tar stream: it has a number that is none")
    return int(text, 8) if text else 0


def _path(held: bytes) -> str:
    name, prefix = _text(held[:100]), ""
    if held[257:263] == b"ustar\0":
        prefix = _text(held[345:500])
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    return _decoded(field.partition(b"\0")[0])


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
