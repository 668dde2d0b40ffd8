"""How bodies are written in a recording: as a person reads them, and without secrets."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from cognitora_openapi.secret import SHORTEST, Forms, in_base64

HIDDEN = "***"
# Where programs put their secrets: its names are kept, its values aren't.
_ENVIRONMENT = "environment"
# What is bytes, in base64: the name of a field where another one says how it is written, or the end of one.
_CONTENTS, _CONTENT_END = ("content", "data"), "Base64"
# Beside what has one, the sizes of what comes are counted: it stays as long as it is.
_PLACE = "offset"
# Of an event, in a stream of them.
_DATA = "data: "
# Names that a client makes up for files until they are whole: they differ each time.
_MADE_UP, _ANY = re.compile(r"\.cognitora-[0-9a-f]{16,32}"), f".cognitora-{HIDDEN}"
# By which a tar is known, and where in its first header.
_TAR, _TAR_AT = b"ustar", 257


class Hider:
    """Replaces each of `secrets` wherever it stands, however written, and the values of environments."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._forms = Forms(form for each in secrets if each for form in _forms(each))
        self._coded = Forms(form.encode().decode("latin-1") for form in self._forms)

    def text(self, text: str) -> str:
        return _MADE_UP.sub(_ANY, self._forms.blotted_out(text))

    def data(self, data: bytes, *, sized: bool = False) -> bytes:
        return self._coded.blotted_out(data.decode("latin-1"), sized=sized).encode("latin-1")

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            coded, sized = value.get("encoding") == "base64", _PLACE in value
            return {
                self.text(name): self._content(each, coded=coded, sized=sized)
                if name in _CONTENTS and isinstance(each, str)
                else self._field(name, each)
                for name, each in value.items()
            }
        return value

    def lines(self, text: str) -> list[str]:
        """A text by its lines; what events say in JSON is gone through as such."""
        return [self._line(line) for line in text.split("\n")]

    def _field(self, name: str, value: Any) -> Any:
        if name == _ENVIRONMENT and isinstance(value, dict):
            return dict.fromkeys(value, HIDDEN)
        if name.endswith(_CONTENT_END) and isinstance(value, str):
            return self._content(value, coded=True, sized=False)
        return self.value(value)

    def _content(self, content: str, *, coded: bool, sized: bool) -> str:
        if not coded:
            return self.data(content.encode(), sized=True).decode() if sized else self.text(content)
        try:
            data = base64.b64decode(content)
        except ValueError:
            return self.text(content)
        hidden = self.data(data, sized=sized)
        return content if hidden == data else base64.b64encode(hidden).decode()

    def _line(self, line: str) -> str:
        if line.startswith(_DATA):
            try:
                said = json.loads(line.removeprefix(_DATA))
            except ValueError:
                return self.text(line)
            hidden = self.value(said)
            if hidden != said:
                return _DATA + json.dumps(hidden, ensure_ascii=False, separators=(",", ":"))
        return self.text(line)


def _forms(secret: str) -> Iterator[str]:
    """How a text stands in texts: as it is, in JSON, in an address, and in base64."""
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    if len(secret) >= SHORTEST:
        yield from in_base64(secret)


def written(body: bytes, hider: Hider) -> Any:
    """A body as a recording has it: JSON as it is, else text, else base64; None for none."""
    if not body:
        return None
    if _is_tar(body):  # which counts its bytes
        return {"base64": base64.b64encode(hider.data(body, sized=True)).decode()}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(hider.data(body)).decode()}
    try:
        return {"json": hider.value(json.loads(text))}
    except ValueError:
        return {"text": hider.lines(text)}


def asked(body: bytes, hider: Hider) -> Any:
    """The body of a request; of a folder on its way, which files it has: their times differ each time."""
    return {"folder": _folder(body, hider)} if _is_tar(body) else written(body, hider)


def _is_tar(body: bytes) -> bool:
    return body[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


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


def _folder(body: bytes, hider: Hider) -> Any:
    try:
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            return {hider.text(member.name): _content(tar, member, hider) for member in tar}
    except tarfile.TarError:
        return f"{len(body)} bytes"


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, hider: Hider) -> str:
    if member.isfile():
        content = tar.extractfile(member)
        assert content is not None
        return hashlib.sha256(hider.data(content.read())).hexdigest()
    return f"-> {hider.text(member.linkname)}" if member.linkname else "folder"
