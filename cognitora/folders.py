"""Local folders on their way to a sandbox, and on their way back: as tar streams."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cognitora_openapi.packing import packed
from cognitora_openapi.tar import FILE, FOLDER, LINK, ArchiveError, Member, Reader, leads_out, shown

from .errors import CognitoraError, InvalidRequestError, InvalidResponseError
from .files import kind_of, reason
from .files import shown as path_shown

NOT_ON_WINDOWS = re.compile(
    r'[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE
)


def stream_of(folder: str | os.PathLike[str]) -> Iterator[bytes]:
    """The tar stream of a folder, read as it is taken.

    Raises:
        InvalidRequestError: It is no folder, or something in it can't be read.
    """
    _check_kind("source", folder)
    try:
        with os.scandir(folder):
            pass
        yield from packed(os.path.realpath(folder))
    except (OSError, ValueError, TypeError) as error:
        why = f"{reason(error)}: {error.filename}" if isinstance(error, OSError) else reason(error)
        raise InvalidRequestError(
            f"The folder {path_shown(folder)} can't be read: {why}."
        ) from None


class FolderDownload:
    """Where a folder goes that is downloaded: into a local folder that appears when it is whole.

    Whatever comes, nothing is written outside of it: links are made last, when nothing is written any more.

    Args:
        target: The folder, which isn't there yet, or is empty.
        outside_links: Whether symbolic links that lead out of it are taken.
    """

    def __init__(self, target: str | os.PathLike[str], *, outside_links: bool) -> None:
        self._target = target
        self._outside_links = outside_links
        self._reader = Reader()
        self._part: Path | None = None
        self._file: BinaryIO | None = None
        self._member: Member | None = None
        self._left = 0
        self._folders: list[Member] = []
        self._links: list[Member] = []

    def open(self) -> None:
        """Makes the folder beside it in which it comes to be.

        Raises:
            InvalidRequestError: It can't be written, or there is something in it.
        """
        _check_kind("target", self._target)
        try:
            self._path = Path(self._target)
            if self._path.exists() and any(self._path.iterdir()):
                raise FileExistsError(None, "it isn't empty; name one that isn't there yet")
            part = self._path.absolute().with_name(f".cognitora-{secrets.token_hex(8)}")
            part.mkdir()
        except (OSError, ValueError, TypeError) as error:
            raise InvalidRequestError(
                f"The folder {path_shown(self._target)} can't be written: {reason(error)}."
            ) from None
        self._part = part

    def write(self, piece: bytes) -> None:
        """Takes the next piece of the stream.

        Raises:
            InvalidResponseError: It is refused.
            CognitoraError: It can't be written: the disk is full, say.
        """
        try:
            for event in self._reader.feed(piece):
                if isinstance(event, Member):
                    self._begin(event)
                else:
                    self._write(event)
        except ArchiveError as error:
            raise self._refused(error) from None
        except OSError as error:
            raise self._failed(error) from None

    def finish(self) -> Path:
        """Ends a download that is whole: the folder's path."""
        assert self._part is not None
        try:
            self._reader.finish()
            for link in self._links:
                self._place(link).symlink_to(link.target)
            for folder in reversed(self._folders):
                self._place(folder).chmod(folder.mode & 0o777)
            with suppress(FileNotFoundError):
                self._path.rmdir()
            self._part.rename(self._path)
        except ArchiveError as error:
            raise self._refused(error) from None
        except OSError as error:
            raise self._failed(error) from None
        self._part = None
        return self._path

    def close(self) -> None:
        """Leaves nothing behind of a download that isn't whole."""
        if self._file is not None:
            self._file.close()
        if self._part is not None:
            shutil.rmtree(self._part, ignore_errors=True)

    def _begin(self, member: Member) -> None:
        place = self._place(member)
        if member.kind == FOLDER:
            place.mkdir(parents=True, exist_ok=True)
            self._folders.append(member)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if member.kind == FILE:
            self._file, self._member, self._left = place.open("xb"), member, member.size
            if not member.size:
                self._end()
        elif member.kind == LINK:
            if leads_out(member.path, member.target) and not self._outside_links:
                raise ArchiveError(
                    f"{shown(member.path)} is a symbolic link that may lead out of the folder, to "
                    f"{shown(member.target)}; such are kept with outside_links=True"
                )
            self._links.append(member)
        else:
            raise ArchiveError(f"{shown(member.path)} is a hard link")

    def _write(self, piece: bytes) -> None:
        assert self._file is not None
        self._file.write(piece)
        self._left -= len(piece)
        if not self._left:
            self._end()

    def _end(self) -> None:
        assert self._file is not None
        assert self._member is not None
        self._file.close()
        self._file = None
        place = self._place(self._member)
        place.chmod(self._member.mode & 0o777)
        os.utime(place, (self._member.modified, self._member.modified))

    def _place(self, member: Member) -> Path:
        assert self._part is not None
        parts = PurePosixPath(member.path).parts
        if os.name == "nt" and any(NOT_ON_WINDOWS.search(part) for part in parts):
            raise ArchiveError(f"{shown(member.path)} has a name that Windows can't have")
        return self._part.joinpath(*parts)

    def _refused(self, error: ArchiveError) -> CognitoraError:
        return InvalidResponseError(f"The folder can't be taken as it came: {error}.")

    def _failed(self, error: OSError) -> CognitoraError:
        return CognitoraError(
            f"The folder {path_shown(self._path)} can't be written: {reason(error)}."
        )


def _check_kind(name: str, folder: object) -> None:
    if not isinstance(folder, str | os.PathLike):
        raise InvalidRequestError(
            f"{name} must be the path of a local folder, not {kind_of(folder)}."
        )
