"""Files to send along with code or a command, found good or not before they are sent."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import attrs

from cognitora_openapi.models import FileUpload
from cognitora_openapi.shown import shown
from cognitora_openapi.types import UNSET

from .errors import InvalidRequestError
from .files import reason
from .numbers import MOST
from .sandbox_text import as_text

Files: TypeAlias = (
    Sequence[FileUpload | str | os.PathLike[str]]
    | Mapping[str, bytes | bytearray | memoryview | str | os.PathLike[str]]
)
"""Files to send along: paths of this machine and files made up, or by their names bytes, texts and paths."""


def unicode(value: str) -> bool:
    """Whether a text can be sent: not with half of a surrogate pair, as a name of a file may have."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def path(name: str, value: object, *, backslashes: bool = False) -> str:
    """The path of a file in the work folder: relative, and staying inside.

    `backslashes` says whether its names may have some: not every server takes them for parts of a name.
    """
    value = as_text(value)
    parts = value.split("/") if isinstance(value, str) else []
    refused = r"\0" if backslashes else r"[\0\\]"
    if not isinstance(value, str) or not value or re.search(refused, value) or not unicode(value):
        raise InvalidRequestError(
            f"{name} {shown(value)} is no file name: it must be a text with '/' between folders, "
            f"without {'NUL' if backslashes else 'NUL and backslashes'}."
        )
    if value.startswith("/"):
        raise InvalidRequestError(
            f"{name} {shown(value)} is absolute: give it relative to the work folder, and move what is "
            "elsewhere by a command of the sandbox."
        )
    if ".." in parts:
        raise InvalidRequestError(
            f"{name} {shown(value)} leads out of the work folder: it must have no '..'."
        )
    if parts[-1] in ("", "."):
        raise InvalidRequestError(f"{name} {shown(value)} names a folder; it must name a file.")
    return value


def files(name: str, value: object, *, most: int = MOST) -> list[FileUpload]:
    """Files to send along, those of this machine read."""
    alone = isinstance(value, str | bytes | bytearray | memoryview | os.PathLike | FileUpload)
    if alone or not isinstance(value, Mapping | Sequence):
        raise InvalidRequestError(
            f"{name} must be a list of paths of this machine or of FileUpload(name=…, content=…), or a "
            f"dictionary from names to bytes, texts or paths, not one {type(value).__name__}."
        )
    if len(value) > most:
        raise InvalidRequestError(f"{name} must have {most} entries or fewer, not {len(value)}.")
    if isinstance(value, Mapping):
        return [_named(name, key, given) for key, given in value.items()]
    found = [_listed(f"{name}[{place}]", given) for place, given in enumerate(value)]
    times = Counter(upload.name for upload in found)
    for given, upload in zip(value, found, strict=True):
        if times[upload.name] > 1 and not isinstance(given, FileUpload):
            raise InvalidRequestError(
                f"{name} has {times[upload.name]} that would be called {shown(upload.name)}: give each a "
                f"name of its own, as in {name}={{'other': Path({shown(str(given))})}}."
            )
    return found


def content(upload: FileUpload) -> bytes:
    """The bytes of a file that was found good."""
    if upload.encoding == "base64":
        return base64.b64decode(upload.content)
    return upload.content.encode()


def _listed(name: str, given: object) -> FileUpload:
    if isinstance(given, FileUpload):
        return _file(given)
    if not isinstance(given, str | os.PathLike):
        raise InvalidRequestError(
            f"{name} must be a path of this machine or FileUpload(name=…, content=…), not a "
            f"{type(given).__name__}."
        )
    read = _read(name, given)
    return _file(_of_bytes(Path(given).name, read))


def _named(name: str, called: object, given: object) -> FileUpload:
    key = path(f"a name in {name}", called)
    match given:
        case str():
            return _file(FileUpload(name=key, content=given))
        case bytes() | bytearray() | memoryview():
            return _of_bytes(key, given)
        case os.PathLike():
            return _of_bytes(key, _read(f"{name}[{shown(key)}]", given))
    raise InvalidRequestError(
        f"{name}[{shown(key)}] must be bytes, a text or a path, not {shown(given)}."
    )


def _of_bytes(name: str, data: bytes | bytearray | memoryview) -> FileUpload:
    return FileUpload(name=name, content=base64.b64encode(data).decode(), encoding="base64")


def _read(name: str, named: str | os.PathLike[str]) -> bytes:
    """The bytes of a file of this machine. Pipes and devices, which may have no end, are for `upload`."""
    try:
        local = Path(named)
        if stat.S_ISREG(local.stat().st_mode):
            return local.read_bytes()
        why = "it is a folder, or a pipe or a device"
    except (OSError, ValueError, TypeError) as error:
        why = reason(error)
    if isinstance(named, str):  # not quoted: it may be meant as the content, and secret
        hint = f"A text in a list is a path; a content has a name, as in {{'name': {name}}}."
        raise InvalidRequestError(f"{name} can't be read: {why}. {hint}")
    raise InvalidRequestError(f"{name}, {shown(str(named))}, can't be read: {why}.")


def _file(upload: FileUpload) -> FileUpload:
    name = path("FileUpload.name", upload.name)
    if not isinstance(upload.content, str):
        raise InvalidRequestError(
            f"The content of {shown(name)} must be a string: text, or bytes in base64 with "
            "encoding='base64'."
        )
    if not unicode(upload.content):
        raise InvalidRequestError(
            f"The content of {shown(name)} has half of a surrogate pair, which isn't Unicode."
        )
    if upload.encoding not in ("string", "base64", UNSET):
        raise InvalidRequestError(
            f"The encoding of {shown(name)} is {shown(upload.encoding)}; it must be 'string' or 'base64'."
        )
    if upload.encoding == "base64":
        # Line breaks are usual in base64 and harmless, but not every server skips them.
        content = "".join(upload.content.split())
        try:
            base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidRequestError(
                f"The content of {shown(name)} is no base64 ({error}). Encode it with "
                "base64.b64encode(data).decode(), or pass text with encoding='string'."
            ) from None
        return FileUpload(name=name, content=content, encoding="base64")
    return attrs.evolve(upload, name=name)
