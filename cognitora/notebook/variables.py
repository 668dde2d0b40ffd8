"""Variables on their way into a session and out of it, as JSON: see `codec`."""

from __future__ import annotations

import json
import shlex
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import (
    CognitoraError,
    FileTooLargeError,
    InvalidRequestError,
    NotFoundError,
)
from . import codec

if TYPE_CHECKING:
    from .._sync.session import InterpreterSession

MOST_BYTES = 1 << 30
"""What comes out of a sandbox at most, all variables together."""

MISSING = "there is none in the session"
TAKEN = "What JSON has is taken, and numpy's arrays and pandas' frames of it."

_PYTHON = """
exec(compile({codec!r}, "<cognitora>", "exec"), codec := {{"__name__": "cognitora_codec"}})
import json
{work}
"""
_PYTHON_IN = """
with open({path!r}) as file:
    variables.update({{name: codec["decode"](value) for name, value in json.load(file).items()}})
"""
_PYTHON_OUT = """
found, refused = {{}}, {{}}
for name in {names!r}:
    if name not in variables:
        refused[name] = {missing!r}
        continue
    try:
        found[name] = codec["encode"](variables[name])
    except (TypeError, ValueError, RecursionError) as error:
        refused[name] = str(error)
with open({path!r}, "w") as file:
    json.dump([found, refused], file)
"""
_JAVASCRIPT_IN = """\
Object.assign(globalThis, JSON.parse(require("fs").readFileSync({path}, "utf8"))); undefined"""
_JAVASCRIPT_OUT = """\
require("fs").writeFileSync({path}, JSON.stringify((() => {{
  const found = {{}}, refused = {{}};
  {each}
  return [found, refused];
}})())); undefined"""
_JAVASCRIPT_EACH = """\
try {{
    found.{name} = {name} ?? null;
    if (JSON.stringify(found.{name}) === undefined) throw "it is no JSON";
  }} catch (error) {{
    delete found.{name};
    refused.{name} = error instanceof ReferenceError ? {missing} : String(error);
  }}"""


def put(session: InterpreterSession, language: str, values: Mapping[str, Any]) -> None:
    """Sets variables of a session.

    Raises:
        InvalidRequestError: One is of a kind that isn't taken.
        CognitoraError: It failed otherwise.
    """
    encoded = {name: _encoded(name, value) for name, value in values.items()}
    if language == "bash":
        words = (f"{name}={shlex.quote(_word(name, value))}" for name, value in encoded.items())
        _run(session, "\n".join(words))
        return
    if language == "javascript":
        for name, value in encoded.items():
            _check_plain(name, value)
    path = _path()
    try:
        session.upload(json.dumps(encoded).encode(), path)
        if language == "javascript":
            _run(session, _JAVASCRIPT_IN.format(path=json.dumps(path)))
        else:
            _run(session, _python(_PYTHON_IN.format(path=path)))
    finally:
        _remove(session, path)


def take(session: InterpreterSession, language: str, names: Sequence[str]) -> dict[str, Any]:
    """Reads variables of a session.

    Raises:
        InvalidRequestError: One isn't there, or of a kind that isn't taken; no value is lost by it:
            `error.last` has the others.
        CognitoraError: It failed otherwise.
    """
    path = _path()
    if language == "bash":
        lines = (f'[ -v {name} ] && printf %s "${name}" >{path}-{name}' for name in names)
        _run(session, "\n".join([*lines, "true"]))
        found: dict[str, Any] = {}
        refused = {}
        for name in names:
            try:
                found[name] = _downloaded(session, f"{path}-{name}").decode("utf-8", "replace")
            except NotFoundError:
                refused[name] = MISSING
    else:
        if language == "javascript":
            each = "\n  ".join(
                _JAVASCRIPT_EACH.format(name=name, missing=json.dumps(MISSING)) for name in names
            )
            _run(session, _JAVASCRIPT_OUT.format(path=json.dumps(path), each=each))
        else:
            _run(
                session, _python(_PYTHON_OUT.format(path=path, names=list(names), missing=MISSING))
            )
        sent, refused = _read(_downloaded(session, path))
        found = {
            name: sent[name] for name in names if name in sent
        }  # and no other of the notebook's
    hint = f" {TAKEN}" if any(why != MISSING for why in refused.values()) else ""
    if refused:
        reasons = "; ".join(f"{name}: {why[:300]}" for name, why in refused.items())
        error = InvalidRequestError(f"Not taken out of the session: {reasons}.{hint}")
        error.last = found
        raise error
    return found


def _python(work: str) -> str:
    """A program that leaves the session's variables as they were, but for those that it sets."""
    source = Path(codec.__file__).read_text("utf-8")
    program = _PYTHON.format(codec=source, work=work)
    return f'exec({program!r}, {{"variables": globals()}})'


def _run(session: InterpreterSession, code: str) -> None:
    session.run(code).raise_for_error()


def _path() -> str:
    return f".cognitora-{uuid.uuid4().hex}"


def _encoded(name: str, value: Any) -> Any:
    try:
        return codec.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequestError(
            f"{name} can't be taken into the session: {error}. {TAKEN}"
        ) from None


def _word(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or "\0" in str(value):
        raise InvalidRequestError(f"{name} can't be taken in: Bash has text and numbers alone.")
    return str(value)


def _check_plain(name: str, value: Any) -> None:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        text = codec.LIBRARY
    if json.dumps(codec.LIBRARY)[1:-1] in text or text == codec.LIBRARY:
        raise InvalidRequestError(
            f"{name} can't be taken in: JavaScript's JSON has no frames, arrays of numpy, NaN or infinity."
        )


def _downloaded(session: InterpreterSession, path: str) -> bytes:
    try:
        return session.path(path).read_bytes(max_bytes=MOST_BYTES)
    except FileTooLargeError:
        raise InvalidRequestError(
            f"The variables take more than {MOST_BYTES >> 20:,} MiB: write them into a file of the "
            "session, and download that."
        ) from None
    finally:
        _remove(session, path)


def _remove(session: InterpreterSession, path: str) -> None:
    with suppress(CognitoraError):  # the file goes with the session
        session.path(path).unlink(missing_ok=True)


def _read(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """What a session says of its variables, of which nothing is believed."""
    try:
        encoded, refused = json.loads(data)
        reasons = {str(name): str(why) for name, why in refused.items()}
        found = {}
        for name, value in encoded.items():
            try:
                found[name] = codec.decode(value)
            except ImportError as error:
                reasons[name] = f"it needs {error.name} here too"
    except (
        *(ValueError, TypeError, LookupError, AttributeError),
        *(OverflowError, RecursionError),
    ) as error:
        raise CognitoraError(f"The session's variables can't be read: {error}") from None
    return found, reasons
