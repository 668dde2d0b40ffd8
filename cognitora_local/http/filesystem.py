"""The operations on the files of what runs: those of a session are those of a container."""

from __future__ import annotations

import asyncio
import base64
import errno
import os
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from starlette.responses import Response

from cognitora_openapi.models import Acknowledgement, StoredFile, StoredFolder
from cognitora_openapi.tar import NAME_BYTES, PATH_BYTES

from ..filesystem.errors import (
    ArchiveRefused,
    FilesystemError,
    FilesystemGone,
    FilesystemUnreachable,
    NotPermitted,
    UnknownUser,
)
from ..filesystem.path_text import is_odd, path_of, text_of
from ..filesystem.visit import FileCall, ReachableFilesystem
from ..settings import Settings
from .disconnect import cancel_on_disconnect
from .errors import (
    ApiError,
    bad_request,
    not_found,
    not_implemented,
    too_large,
    unavailable,
)
from .files import MACHINES, bad_name, most_bytes, too_long
from .request_limits import date_of, one_user, unknown_user
from .requests import Call, FileBody, Handler
from .responses import VisitResponse, json_response, large_response, model_response

PAGE = 1000
"""Entries of a folder in one answer."""

AT_ONCE = 16
"""How many file calls work in one sandbox at the same time, and as many transfers; more wait their turn."""

TRANSFERS = ("read", "write", "pack", "unpack")
"""What takes as long as its caller: no other call waits for these."""

WHOLE = ("list", "entry", "change", "pack", "unpack")
"""What can be done to the work folder itself, and to the root folder."""

CONFLICTS = {
    errno.EEXIST: "is there already",
    errno.ENOTEMPTY: "is a folder that isn't empty; remove all in it by `recursive`, or a path's `rmtree`",
    errno.EISDIR: "is a folder",
    errno.ENOTDIR: "is no folder, or leads over something that is none",
    errno.ELOOP: "leads over links without end",
    errno.EBUSY: "is in use: something is mounted there, or it is the sandbox's own",
    errno.EROFS: "can't be changed: it is read-only there",
    errno.EIO: "can't be read or written: its file system says so of it, as the kernel's own files may",
    errno.ENXIO: "isn't a regular file but a pipe, a socket or a device; files alone can be read and written",
}
"""What errors say of a path that is there."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a call's files are.

    Attributes:
        owner: the session or container itself.
        filesystem: how to get there.
        storage_gb: how much it may hold; None: without limit.
        users: whether there is more than one user, so that the caller may choose.
    """

    owner: object
    filesystem: ReachableFilesystem
    storage_gb: float | None
    users: bool


class Turns:
    """Those of one sandbox, who come first first."""

    def __init__(self) -> None:
        self.calls = asyncio.Semaphore(AT_ONCE)
        self.transfers = asyncio.Semaphore(AT_ONCE)


class FilesystemHandlers:
    """Lists, tells, makes, moves, changes, removes, packs and unpacks.

    Args:
        kind: `session` or `container`, as the operations' names have it.
        find: finds what a call is about; it raises ApiError.
        settings: how large files may be.
    """

    def __init__(
        self, kind: str, find: Callable[[Call], Awaitable[Found]], settings: Settings
    ) -> None:
        self._kind = kind
        self._find = find
        self._settings = settings
        self._turns: WeakKeyDictionary[object, Turns] = WeakKeyDictionary()

    def handlers(self) -> Mapping[str, Handler]:
        kind = self._kind
        return {
            f"list_{kind}_files": self._patient(self.list_files),
            f"get_{kind}_file": self._patient(self.stat),
            f"change_{kind}_file": self._patient(self.change),
            f"remove_{kind}_file": self._patient(self.remove),
            f"make_{kind}_folder": self.make_folder,
            f"move_{kind}_file": self.move,
            f"upload_{kind}_folder": self.upload_folder,
            f"download_{kind}_folder": self._patient(self.download_folder),
        }

    async def list_files(self, call: Call) -> Response:
        said = call.query["path"]
        order = {
            "told": told_below(said),
            "depth": call.query["depth"],
            "after": path_after(call.query["after"] or ""),
            "most": PAGE,
        }
        async with self._visit(call, "list", said, **order) as visiting:
            page = await visiting.answer()
        files = [entry_of(each) for each in page["files"]]
        following = None if page["next"] is None else cursor(page["next"])
        return await large_response({"files": files, "next": following})

    async def stat(self, call: Call) -> Response:
        return await self._entry(call, "entry", call.query["path"])

    async def change(self, call: Call) -> Response:
        changes = {"mode": call.body.get("mode"), "owner": call.body.get("owner"), "modified": None}
        if "modified" in call.body:
            changes["modified"] = date_of(call.body["modified"], "modified").timestamp()
        return await self._entry(call, "change", call.query["path"], **changes)

    async def make_folder(self, call: Call) -> Response:
        order = {"mode": call.body.get("mode"), "exclusive": call.body.get("exclusive", False)}
        return await self._entry(call, "make_folder", call.body["path"], **order)

    async def move(self, call: Call) -> Response:
        target = call.body["target"]
        order = {"replace": call.body.get("replace", False)}
        return await self._entry(call, "move", target, source=call.body["source"], **order)

    async def remove(self, call: Call) -> Response:
        said, recursive = call.query["path"], call.query["recursive"]
        async with self._visit(call, "remove", said, recursive=recursive) as visiting:
            await visiting.answer()
        return model_response(Acknowledgement(success=True, message=f"{said} is removed."))

    async def upload_folder(self, call: Call) -> Response:
        said = call.query["path"]
        body = FileBody(call.request, self._settings.max_file_bytes)
        async with self._visit(call, "unpack", said) as visiting:
            await visiting.send(body)
            found = await visiting.answer()
        return model_response(StoredFolder(path=said, files=found["files"], size=found["size"]))

    async def download_folder(self, call: Call) -> Response:
        said = call.query["path"]
        async with AsyncExitStack() as stack:
            most = await self._most_bytes(call)
            visiting = await stack.enter_async_context(
                self._visit(call, "pack", said, most_bytes=most)
            )
            await visiting.answer()
            return VisitResponse(visiting.pieces(), stack.pop_all(), "application/octet-stream")

    async def upload_file(self, call: Call) -> Response:
        """One file, where what is asked for takes more than to write into the work folder."""
        said = call.query["path"]
        body = FileBody(call.request, self._settings.max_file_bytes)
        async with self._visit(call, "write", said, mode=call.query["mode"]) as visiting:
            await visiting.send(body)
            found = await visiting.answer()
        return model_response(StoredFile(path=said, size=found["size"]))

    async def download_file(self, call: Call) -> Response:
        """One file, where what is asked for takes more than to read in the work folder."""
        return await self._patient(self._download_file)(call)

    async def _download_file(self, call: Call) -> Response:
        said = call.query["path"]
        async with AsyncExitStack() as stack:
            most = await self._most_bytes(call)
            visiting = await stack.enter_async_context(
                self._visit(call, "read", said, most_bytes=most)
            )
            size = (await visiting.answer())["size"]
            if size is not None and size > most:
                raise too_long(said, size, most)
            await visiting.put(b"go")
            pieces = visiting.pieces()
            return VisitResponse(pieces, stack.pop_all(), "application/octet-stream", size)

    async def _most_bytes(self, call: Call) -> int:
        """How much is handed out, holes in files included."""
        return most_bytes(self._settings.max_download_bytes, (await self._find(call)).storage_gb)

    async def _entry(self, call: Call, action: str, said: str, **order: Any) -> Response:
        async with self._visit(call, action, said, told=path_of(said), **order) as visiting:
            return json_response(entry_of(await visiting.answer()))

    @asynccontextmanager
    async def _visit(
        self, call: Call, action: str, said: str, **order: Any
    ) -> AsyncIterator[FileCall]:
        found = await self._find(call)
        user = call.request.query_params.get("user") or call.body.get("user")
        if user is not None and not found.users:
            raise one_user()
        paths = {"path": path_inside(found.filesystem, said, "path", itself=action in WHOLE)}
        if "source" in order:
            paths["source"] = path_inside(found.filesystem, order["source"], "source", itself=False)
        turns = self._turns.setdefault(found.owner, Turns())
        given = {paths["path"]: said}
        if "source" in order:
            given[paths["source"]] = order["source"]
        with api_errors(self._kind, said, given, users=found.users):
            async with (
                turns.transfers if action in TRANSFERS else turns.calls,
                found.filesystem.visit(action=action, user=user, **{**order, **paths}) as made,
            ):
                yield made

    def _patient(self, handler: Handler) -> Handler:
        """Have nobody's work go on who has gone away."""

        def handle(call: Call) -> Coroutine[Any, Any, Response]:
            work = handler(call)
            return cancel_on_disconnect(call.request.receive, work, lambda: 0.0)

        return handle


def is_wanted(call: Call) -> bool:
    """Whether a file's upload or download takes more than to write or read in the work folder."""
    said = [call.request.query_params.get(name) for name in ("user", "mode")]
    path = call.query["path"]
    return path.startswith("/") or said != [None, None] or is_odd(path)


def told_below(said: str) -> str:
    """What stands before the paths of what is in a folder."""
    return "" if said.strip("./") == "" and said[:1] != "/" else f"{path_of(said).rstrip('/')}/"


def path_inside(filesystem: ReachableFilesystem, said: str, field: str, *, itself: bool) -> str:
    """A path as the sandbox has it.

    Raises:
        ApiError: 400, when it has a `..` in it, or is none.
    """
    parts = [part for part in path_of(said).split("/") if part not in {"", "."}]
    if ".." in parts:
        raise bad_name(field, said, "has a `..` in it; say where it leads to")
    if not parts and not itself:
        raise bad_name(field, said, "names nothing in it")
    if "\0" in said or any(len(os.fsencode(part)) > NAME_BYTES for part in parts):
        raise bad_name(field, said, f"has a part of more than {NAME_BYTES} bytes, or a NUL in it")
    if len(os.fsencode(path_of(said))) > PATH_BYTES:
        raise bad_name(field, said, f"has more than {PATH_BYTES} bytes")
    folder = "/" if said.startswith("/") else filesystem.folder
    return posixpath.join("/", folder, *parts)


def cursor(path: str) -> str:
    """The path that a page ends with, of whatever bytes, as a caller passes it on."""
    return base64.urlsafe_b64encode(os.fsencode(path)).decode().rstrip("=")


def path_after(cursor: str) -> str:
    """The path of a cursor.

    Raises:
        ApiError: 400, when it is none.
    """
    try:
        return os.fsdecode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise bad_request("`after` isn't the `next` of a page. Pass that on as it is.") from None


def entry_of(found: dict[str, Any]) -> dict[str, Any]:
    """What a program tells of a path, as the contract has it."""
    try:
        modified = datetime.fromtimestamp(found["modified"], UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # anybody can set it to anything
        modified = None
    target = found["target"] and text_of(found["target"])
    told = {"path": text_of(found["path"]), "target": target}
    return {**found, **told, "modified": modified and modified.replace("+00:00", "Z")}


@contextmanager
def api_errors(kind: str, said: str, given: Mapping[str, str], *, users: bool) -> Iterator[None]:
    """Turns what a file system says into what the caller is told.

    Args:
        kind: `session` or `container`.
        said: the path that the call is about.
        given: the caller's paths, by what they are in the sandbox.
        users: whether there is more than one user, so that the caller may choose.
    """
    try:
        yield
    except ArchiveRefused as error:
        message = f"The folder `{said}` can't be taken as it is: {error}."
        raise bad_request(message, "invalid_archive") from None
    except UnknownUser as error:
        raise unknown_user(error) from None
    except FilesystemError as error:
        path = path_given(error.path, given) or said
        raise api_error(error, path, users=users) from None
    except FilesystemGone:
        message = f"The {kind} ended meanwhile. Create another."
        raise ApiError(409, f"{kind}_not_running", message) from None
    except FilesystemUnreachable:
        message = f"The {kind} can't be reached now. Whether it was done isn't known."
        raise unavailable("unreachable", message) from None
    except NotPermitted:
        message = "This runtime may not look into that container: its engine is another user's."
        raise not_implemented(f"{message} Run both as the same user.") from None


def path_given(path: str | None, given: Mapping[str, str]) -> str | None:
    """What an error is about, by the caller's own path; None where it is none of his or below one.

    A file that is written has another name until it is whole; a folder on the way may be the one at fault.
    """
    for inside, said in given.items():
        if path == inside:
            return said
        if path is not None and path.startswith(f"{inside.rstrip('/')}/"):
            return posixpath.join(said, text_of(path[len(inside.rstrip("/")) + 1 :]))
    return None


def api_error(error: FilesystemError, path: str, *, users: bool) -> ApiError:
    number, where = error.number, f"`{path}`"
    if number in MACHINES - {errno.EIO}:  # which a file may say of itself, as /proc/1/mem does
        raise error
    if number == errno.ENOENT:
        return not_found("file_not_found", f"There is nothing at {where}. Check the path.")
    if number in {errno.EACCES, errno.EPERM}:
        message = f"{where} may not be used so by this user ({error})."
        choice = "another user, or another path" if users else "another path"
        return ApiError(403, "permission_denied", f"{message} Choose {choice}.")
    if number in {errno.ENOSPC, errno.EDQUOT}:
        message = f"{where} doesn't fit: the storage there is full. Remove files first."
        return too_large("storage_full", message)
    if number in {errno.ENAMETOOLONG, errno.EINVAL}:
        return bad_request(f"{where} can't be used: {error}.", "invalid_path")
    what = CONFLICTS.get(number or 0, f"can't be used ({error})")
    return ApiError(409, "not_a_file", f"{where} {what}.")
