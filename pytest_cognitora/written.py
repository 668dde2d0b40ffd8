"""How bodies are written in a recording: as a person reads them, and without secrets."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Collection
from typing import Any

HIDDEN = "***"
# Where programs put their secrets: its names are kept, its values aren't.
_ENVIRONMENT = "environment"
# By which a tar is known, and where in its first header.
_TAR, _TAR_AT = b"ustar", 257


class Hider:
    """Replaces each of `secrets` wherever it stands, and the values of environments."""

    def __init__(self, secrets: Collection[str]) -> None:
        # The longer first: one may be a part of another.
        self._secrets = sorted({each for each in secrets if each}, key=len, reverse=True)

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def data(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret.encode(), HIDDEN.encode())
        return data

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {
                self.text(name): dict.fromkeys(each, HIDDEN)
                if name == _ENVIRONMENT and isinstance(each, dict)
                else self.value(each)
                for name, each in value.items()
            }
        return value


def written(body: bytes, hider: Hider) -> Any:
    """A body as a recording has it: JSON as it is, else text, else base64; None for none."""
    if not body:
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(hider.data(body)).decode()}
    try:
        return {"json": hider.value(json.loads(text))}
    except ValueError:
        return {"text": hider.text(text).split("\n")}


def asked(body: bytes, hider: Hider) -> Any:
    """The body of a request; of a folder on its way, which files it has: their times differ each time."""
    if body[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return {"folder": _folder(hider.data(body))}
    return written(body, hider)


def read(body: Any) -> bytes:
    """The bytes that `written` wrote."""
    match body:
        case None:
            return b""
        case {"base64": str(text)}:
            return base64.b64decode(text)
        case {"json": value}:
            return json.dumps(value).encode()
        case {"text": list(lines)}:
            return "\n".join(lines).encode()
    raise ValueError(f"no body of a recording: {str(body)[:60]}")


def _folder(body: bytes) -> Any:
    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            return {member.name: _content(tar, member) for member in tar}
    except tarfile.TarError:
        return f"{len(body)} bytes"


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    if member.isfile():
        content = tar.extractfile(member)
        assert content is not None
        return hashlib.sha256(content.read()).hexdigest()
    return f"-> {member.linkname}" if member.linkname else "folder"
