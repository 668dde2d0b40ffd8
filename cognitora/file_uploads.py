"""Files to send along with code or a command, found good or not before they are sent."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

import attrs

from cognitora_openapi.models import FileUpload
from cognitora_openapi.shown import shown
from cognitora_openapi.types import UNSET

from .errors import InvalidRequestError
from .numbers import MOST
from .sandbox_text import as_text


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
    """Files to send along."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        raise InvalidRequestError(f"{name} must be a list of FileUpload(name=…, content=…).")
    if len(value) > most:
        raise InvalidRequestError(f"{name} must have {most} entries or fewer, not {len(value)}.")
    return [_file(upload) for upload in value]


def content(upload: FileUpload) -> bytes:
    """The bytes of a file that was found good."""
    if upload.encoding == "base64":
        return base64.b64decode(upload.content)
    return upload.content.encode()


def _file(upload: object) -> FileUpload:
    if not isinstance(upload, FileUpload):
        raise InvalidRequestError(
            f"files has a {type(upload).__name__}; it must hold FileUpload(name=…, content=…)."
        )
    name = path("FileUpload.name", upload.name)
    if not isinstance(upload.content, str):
        raise InvalidRequestError(
            f"The content of {shown(name)} must be a string: text, or bytes in base64 with "
            "encoding='base64'."
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
