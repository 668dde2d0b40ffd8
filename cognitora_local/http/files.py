"""Files of requests and answers: their names, their lengths, and what a file system's errors mean."""

from __future__ import annotations

import base64
import binascii
import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..concurrency.time_slices import TimeSlices
from ..filesystem.path_text import path_of
from ..sandbox.work_folder import NotAFileError, WorkPath
from .errors import ApiError, bad_request, not_found, too_large
from .json_body import PIECE

GIB = 1024**3
MACHINES = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Trouble of this machine's, which no path can be blamed for."""

NOT_A_FILE = "not_a_file"
"""The code of what isn't a plain file by a plain path."""

NAME_BYTES = 255  # what Linux takes for one part of a path
PATH_BYTES = 4095  # and for the whole of one


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to write before code runs."""

    path: WorkPath
    content: bytes


def work_path(name: str, field: str) -> WorkPath:
    """Check a caller's file name.

    Raises:
        ApiError: 400, when it is absolute, climbs out of the work folder, or is no name at all.
    """
    parts = [part for part in path_of(name).split("/") if part not in {"", "."}]
    if name.startswith("/"):
        raise bad_name(field, name, "is absolute; give it relative to the work folder")
    if ".." in parts:
        raise bad_name(field, name, "climbs out of the work folder; leave out the `..`")
    if not parts or name.endswith("/"):
        raise bad_name(field, name, "names no file")
    if any("\0" in part or len(os.fsencode(part)) > NAME_BYTES for part in parts):
        raise bad_name(field, name, f"has a part of more than {NAME_BYTES} bytes, or a NUL in it")
    if len(name.encode()) > PATH_BYTES:
        raise bad_name(field, name, f"has more than {PATH_BYTES} bytes")
    return WorkPath(tuple(parts))


async def uploads(files: Iterable[Mapping[str, Any]]) -> list[Upload]:
    """Decode the `files` of a request, while others are served.

    Raises:
        ApiError: 400, when a name climbs out of the work folder or base64 is broken.
    """
    found = list[Upload]()
    for n, file in enumerate(files):
        path = work_path(file["name"], f"files[{n}].name")
        found.append(Upload(path, await content_of(file, f"files[{n}].content")))
    return found


async def stdin_of(body: Mapping[str, Any]) -> bytes:
    """The `stdin` of a request; empty where it has none.

    Raises:
        ApiError: 400, when its base64 is broken.
    """
    return await content_of(body["stdin"], "stdin.content") if "stdin" in body else b""


async def content_of(file: Mapping[str, Any], field: str) -> bytes:
    text: str = file["content"]
    plain = file.get("encoding", "string") == "string"
    content, slices = bytearray(), TimeSlices()
    try:
        if not plain and "=" in text[:-2]:
            raise binascii.Error("Padding before the end")
        for start in range(0, len(text), PIECE):  # of a length that base64 can be cut at
            piece = text[start : start + PIECE]
            content += piece.encode() if plain else base64.b64decode(piece, validate=True)
            await slices.give_way()
    except (binascii.Error, ValueError) as error:
        message = f"`{field}` isn't valid base64 ({error}). Encode the bytes with base64, unbroken."
        raise bad_request(message, "invalid_base64") from None
    return bytes(content)


@dataclass(frozen=True, slots=True)
class FileMessages:
    """Where files are, as callers are told of it.

    Attributes:
        missing: what is said of a file that isn't there; `{path}` is its path.
        full: what is said of one that doesn't fit, and what to do.
    """

    missing: str
    full: str


@contextmanager
def api_errors(path: WorkPath, messages: FileMessages) -> Iterator[None]:
    """Turns what the file system says of a path into what the caller is told."""
    try:
        yield
    except NotAFileError as error:
        raise conflict(path, str(error)) from None
    except OSError as error:
        raise api_error(path, error, messages) from error


def api_error(path: WorkPath, error: OSError, messages: FileMessages) -> ApiError:
    """What the caller is told. Raises the error itself where it is trouble of this machine's."""
    if error.errno in MACHINES:
        raise error
    if error.errno == errno.ENOENT:
        return not_found("file_not_found", messages.missing.format(path=path))
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
        return conflict(path, "leads over a symbolic link or over something that is no folder")
    if error.errno in {errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST}:
        return conflict(path, "is a folder")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return too_large("storage_full", f"`{path}` doesn't fit: {messages.full}")
    return conflict(path, f"can't be used ({error.strerror})")


def most_bytes(limit: int, storage_gb: float | None) -> int:
    """The longest file that is handed out of a place with so much storage (None: without limit)."""
    return limit if storage_gb is None else min(limit, int(storage_gb * GIB))


def too_long(path: object, size: int, limit: int) -> ApiError:
    """A file that isn't handed out. Its length counts, for a hole is sent as the zeros it reads as."""
    message = (
        f"`{path}` is {size} bytes long, and at most {limit} are handed out. Take it in parts."
    )
    return too_large("file_too_large", message)


def conflict(path: WorkPath, what: str) -> ApiError:
    return ApiError(409, NOT_A_FILE, f"`{path}` {what}. Choose another path.")


def bad_name(field: str, name: str, what: str) -> ApiError:
    return bad_request(f"`{field}` {what}; it is {name[:80]!r}.", "invalid_path")
