"""A tar stream into a folder, by somebody who trusts neither the stream nor what is in the folder.

Each step of a path is opened by itself, and links are not followed: neither those of the stream nor those
that were there. A file has its name once it is whole.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from contextlib import suppress

from cognitora_openapi.tar import FILE, FOLDER, LINK, ArchiveError, Member, Reader, shown

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODES = 0o777


class Unpacking:
    """Writes what is in a stream into a folder that is there.

    Attributes:
        count: how many members were written.
        size: the bytes of the files.
    """

    def __init__(self, folder: str) -> None:
        self.count = self.size = 0
        self._folder = folder
        self._root = os.open(folder, _FOLDER & ~os.O_NOFOLLOW)
        self._reader = Reader()
        self._here: tuple[str, ...] = ()
        self._parent = os.dup(self._root)
        self._now = ""  # the path of the member that is being written
        self._member: Member | None = None  # the file that is being written
        self._file = -1
        self._temporary = ""
        self._left = 0
        self._modes: list[tuple[str, int]] = []  # of folders, which children are yet to be put into

    def write(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            ArchiveError: it is refused.
            OSError: it can't be written.
        """
        for event in self._reader.feed(data):
            if isinstance(event, Member):
                self.count += 1
                self._now = event.path
            try:
                if isinstance(event, Member):
                    self._begin(event)
                else:
                    self._write(event)
            except OSError as error:
                path = posixpath.join(self._folder, self._now)
                raise OSError(error.errno, error.strerror, path) from None

    def finish(self) -> None:
        """Raises ArchiveError where the stream has broken off."""
        self._reader.finish()
        for path, mode in reversed(self._modes):
            with suppress(ArchiveError, OSError):  # it may have been replaced meanwhile
                self._enter(tuple(path.split("/")))
                os.fchmod(self._parent, mode)

    def close(self) -> None:
        """Leave nothing of a file that isn't whole."""
        if self._file >= 0:
            os.close(self._file)
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._parent)
        os.close(self._parent)
        os.close(self._root)

    def _begin(self, member: Member) -> None:
        parts = tuple(member.path.split("/")) if member.path else ()
        if member.kind == FOLDER:
            if parts:
                self._enter(parts)
                self._modes.append((member.path, member.mode & _MODES))
            return
        self._enter(parts[:-1])
        name = member.path.rpartition("/")[2]
        if member.kind == FILE:
            self._temporary = _aside()
            self._file = os.open(self._temporary, _CREATE, 0o600, dir_fd=self._parent)
            self._member, self._left = member, member.size
            if not member.size:
                self._end()
        elif member.kind == LINK:
            aside = _aside()
            os.symlink(member.target, aside, dir_fd=self._parent)
            self._name(aside, name)
        else:
            self._link(tuple(member.target.split("/")), name)

    def _write(self, piece: bytes) -> None:
        self._left -= len(piece)
        self.size += len(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        if not self._left:
            self._end()

    def _end(self) -> None:
        assert self._member is not None
        os.fchmod(self._file, self._member.mode & _MODES)
        os.utime(self._file, (self._member.modified, self._member.modified))
        os.close(self._file)
        self._file = -1
        self._name(self._temporary, self._member.path.rpartition("/")[2])

    def _name(self, aside: str, name: str) -> None:
        """Give what is whole its name, in place of what has it, unless that is a folder."""
        try:
            os.rename(aside, name, src_dir_fd=self._parent, dst_dir_fd=self._parent)
        finally:
            with suppress(FileNotFoundError):  # of two names of one file, a rename leaves both
                os.unlink(aside, dir_fd=self._parent)

    def _link(self, target: tuple[str, ...], name: str) -> None:
        folder = self._open(target[:-1], make=False)
        try:
            found = os.stat(target[-1], dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise ArchiveError(f"{shown(name)} is a hard link to what is no file")
            aside = _aside()
            os.link(
                target[-1],
                aside,
                src_dir_fd=folder,
                dst_dir_fd=self._parent,
                follow_symlinks=False,
            )
        finally:
            os.close(folder)
        self._name(aside, name)

    def _enter(self, parts: tuple[str, ...]) -> None:
        """Have the folder of these parts open, made if need be."""
        if parts != self._here:
            opened = self._open(parts, make=True)
            os.close(self._parent)
            self._parent, self._here = opened, parts

    def _open(self, parts: tuple[str, ...], *, make: bool) -> int:
        here = os.dup(self._root)
        for part in parts:
            try:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=here)
                there = os.open(part, _FOLDER, dir_fd=here)
            except OSError as error:
                if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                    path = shown("/".join(parts))
                    raise ArchiveError(
                        f"{path} leads over a link, or over something that is no folder"
                    ) from None
                raise
            finally:
                os.close(here)
            here = there
        return here


def _aside() -> str:
    return f".upload-{os.urandom(8).hex()}"
