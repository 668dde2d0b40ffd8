# Derived from ../_async/sandbox_folder.py by `make generate`: change that, not this.
"""What is in folders of sessions and containers, used as those of `pathlib`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Self

from .. import callbacks, validation
from ..errors import APIError, CognitoraError, ConflictError, NotFoundError, PermissionDeniedError
from ..globs import Glob
from .sandbox_entry import SandboxEntry, is_missing, something_else


class SandboxFolder(SandboxEntry):
    """The part of a path that is about folders."""

    def iterdir(self, *, request_timeout: float | None = None) -> Generator[Self]:
        """The paths of what is in the folder, in their order.

        Args:
            request_timeout: Seconds to wait for each page of 1000, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is no such folder.
            CognitoraError: The call failed otherwise.
        """
        for entry in self._files.iter_files(
            self._id, str(self), request_timeout=request_timeout, **self._as
        ):
            yield self._at(entry.path)

    def glob(self, pattern: str, *, request_timeout: float | None = None) -> Generator[Self]:
        """The paths in the folder that a pattern means, in their order. Symbolic links aren't followed.

        Args:
            pattern: Such as `*.csv`, or `**/*.py` for those in all folders below as well.
            request_timeout: Seconds to wait for each page of 1000, instead of the client's `timeout`.

        Raises:
            InvalidRequestError: The pattern is absolute, or has a `..`.
            CognitoraError: The call failed.
        """
        meant = Glob(pattern)
        folder = self.joinpath(meant.folder)
        prefix = "" if str(folder) == "." else f"{str(folder).rstrip('/')}/"
        try:
            for entry in self._files.iter_files(
                self._id, str(folder), meant.depth, request_timeout=request_timeout, **self._as
            ):
                if meant.matches(entry.path.removeprefix(prefix)):
                    yield self._at(entry.path)
        except APIError as error:
            if not is_missing(error):
                raise

    def rglob(self, pattern: str, *, request_timeout: float | None = None) -> Generator[Self]:
        """The same in all folders below as well: `glob` of the pattern after `**/`.

        Args:
            pattern: Such as `*.csv`.
            request_timeout: Seconds to wait for each page of 1000, instead of the client's `timeout`.

        Raises:
            InvalidRequestError: The pattern is absolute, or has a `..`.
            CognitoraError: The call failed.
        """
        Glob(pattern)
        for path in self.glob(f"**/{pattern}", request_timeout=request_timeout):
            yield path

    def walk(
        self,
        on_error: Callable[[CognitoraError], object] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Generator[tuple[Self, list[str], list[str]]]:
        """Each folder, with the names of the folders and of all else in it, from this one down.

        Folders whose names are taken out of the list aren't gone into, and neither are symbolic links, which
        stand among the files.

        Args:
            on_error: Called with the error of a folder that isn't there or may not be read; it is left out,
                unless this raises.
            request_timeout: Seconds to wait for each page of 1000, instead of the client's `timeout`.

        Raises:
            CognitoraError: The call failed otherwise.
        """
        callbacks.check("on_error", on_error, takes="an error")
        waiting = [self]
        while waiting:
            folder = waiting.pop()
            folders, files = list[str](), list[str]()
            try:
                for entry in self._files.iter_files(
                    self._id, str(folder), request_timeout=request_timeout, **self._as
                ):
                    name = entry.path.rpartition("/")[2]
                    (folders if entry.type == "folder" else files).append(name)
            except (NotFoundError, ConflictError, PermissionDeniedError) as error:
                if not is_missing(error) and not isinstance(error, PermissionDeniedError):
                    raise
                if on_error is not None:
                    on_error(error)
                continue
            yield folder, folders, files
            waiting += [folder.joinpath(name) for name in reversed(folders)]

    def mkdir(
        self,
        mode: int | None = None,
        parents: bool = False,
        exist_ok: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> None:
        """Makes the folder.

        Args:
            mode: Its permissions; by default `0o755`.
            parents: Whether the folders on its way are made too.
            exist_ok: Whether it may be there already.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            ConflictError: Something is there already.
            NotFoundError: The folder that it is to be in isn't there.
            CognitoraError: The call failed otherwise.
        """
        if not validation.boolean("parents", parents):
            self._found(self.parent, request_timeout)
        exclusive = not validation.boolean("exist_ok", exist_ok)
        self._files.make_folder(
            self._id, str(self), mode, exclusive, request_timeout=request_timeout, **self._as
        )

    def rmdir(self, *, request_timeout: float | None = None) -> None:
        """Removes the folder, which must be empty.

        Args:
            request_timeout: Seconds to wait for each of two answers, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            ConflictError: It is no folder, or there is something in it.
            CognitoraError: The call failed otherwise.
        """
        found = self._found(self, request_timeout)
        if found.type != "folder":
            raise something_else(f"{self} is no folder: remove it by unlink.", "remove_file")
        self._remove(False, request_timeout, recursive=False)

    def rmtree(self, missing_ok: bool = False, *, request_timeout: float | None = None) -> None:
        """Removes the folder with all in it, without following symbolic links.

        Args:
            missing_ok: Whether there may be none.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: There is nothing.
            CognitoraError: The call failed otherwise.
        """
        self._remove(missing_ok, request_timeout, recursive=True)

    def _remove(self, missing_ok: bool, request_timeout: float | None, *, recursive: bool) -> None:
        validation.boolean("missing_ok", missing_ok)
        try:
            self._files.remove_file(
                self._id, str(self), recursive, request_timeout=request_timeout, **self._as
            )
        except NotFoundError as error:
            if not missing_ok or not is_missing(error):
                raise
