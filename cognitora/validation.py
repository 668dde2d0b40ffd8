"""Finds what is wrong with a call before it is sent, and says how to put it right."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, get_args

import attrs

from cognitora_openapi.identifiers import identifier as identifier
from cognitora_openapi.models import (
    Environment,
    Language,
    Metadata,
    SessionResourcesRequest,
    StandardInput,
    TerminalSize,
)
from cognitora_openapi.shown import shown
from cognitora_openapi.types import UNSET, Unset

from .egress import egress as egress
from .errors import InvalidRequestError
from .file_uploads import content as content
from .file_uploads import files as files
from .file_uploads import path as path
from .file_uploads import unicode as unicode
from .numbers import LONGEST_PAGE as LONGEST_PAGE
from .numbers import MOST
from .numbers import above_zero as above_zero
from .numbers import at_least_one as at_least_one
from .numbers import number as number
from .numbers import page_size as page_size
from .numbers import whole as whole
from .numbers import whole_seconds as whole_seconds
from .sandbox_text import as_text
from .signals import signal as signal

T = TypeVar("T")
R = TypeVar("R", bound=attrs.AttrsInstance)

LANGUAGES: tuple[Language, ...] = get_args(Language)
RESOURCES = tuple(field.name for field in attrs.fields(SessionResourcesRequest))

# A name may have a registry with its port before it, a tag and a digest after it.
VARIABLE = re.compile(r"[^=\0\ud800-\udfff]+")
IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]*", re.ASCII)


def choice(name: str, value: object, *, known: Sequence[T]) -> T:
    """One of the values that there are."""
    for each in known:
        if value == each:
            return each
    those = ", ".join(map(repr, known))
    raise InvalidRequestError(f"{name} {shown(value)} is unknown; it must be one of {those}.")


def language(name: str, value: object) -> Language:
    """One of the three languages."""
    return choice(name, value, known=LANGUAGES)


def text(
    name: str,
    value: object,
    *,
    shortest: int = 0,
    longest: int = MOST,
    pattern: str = "",
) -> str:
    """A string of so many characters, which has the pattern in it."""
    if not isinstance(value, str):
        raise InvalidRequestError(f"{name} must be a string, not {type(value).__name__}.")
    if not unicode(value):
        raise InvalidRequestError(f"{name} has half of a surrogate pair, which isn't Unicode.")
    if len(value) < shortest:
        raise InvalidRequestError(f"{name} must have {shortest} or more characters.")
    if len(value) > longest:
        raise InvalidRequestError(
            f"{name} must have {longest} characters or fewer, not {len(value)}."
        )
    if not re.search(pattern, value) or (pattern.endswith("$") and value.endswith("\n")):
        raise InvalidRequestError(f"{name} must match {pattern}, and {shown(value)} doesn't.")
    return value


def refuse(value: object, why: str) -> None:
    """Say why something that was given can't be."""
    if value is not None:
        raise InvalidRequestError(why)


def constant(name: str, value: object, only: T) -> T:
    """The only value that there is."""
    if value is not only:
        raise InvalidRequestError(f"{name} must be {only!r}, not {shown(value)}.")
    return only


def or_usual(value: T | None, usual: T) -> T:
    """The usual value, where none is given."""
    return usual if value is None else value


def if_given(check: Callable[..., T], name: str, value: object, **limits: Any) -> T | Unset:
    """What has passed its check; UNSET, which isn't sent, where it is None."""
    return UNSET if value is None else check(name, value, **limits)


def if_any(check: Callable[..., T], name: str, value: object, **limits: Any) -> T | Unset:
    """The same of what stands in a query, where an empty text is nothing too."""
    return UNSET if value == "" else if_given(check, name, value, **limits)


def texts(name: str, value: object, *, fewest: int = 0, most: int = MOST) -> list[str]:
    """A list of so many strings."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise InvalidRequestError(f"{name} must be a list of strings, not {shown(value)}.")
    if not fewest <= len(value) <= most:
        bound = f"{fewest} or more" if len(value) < fewest else f"{most} or fewer"
        raise InvalidRequestError(f"{name} must have {bound} entries, not {len(value)}.")
    return [text(f"{name}[{place}]", each) for place, each in enumerate(value)]


def words(name: str, value: object, *, most: int = MOST) -> list[str]:
    """A command: a list of words, not one string."""
    if isinstance(value, str):
        raise InvalidRequestError(
            f"{name} must be a list of words such as ['echo', 'hello']; for a line of shell pass "
            f"['sh', '-c', {shown(value[:40])}]."
        )
    listed = list[Any]()
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        listed = [as_text(word) for word in value]
    if not listed:
        raise InvalidRequestError(
            f"{name} must be a list of at least one word, not {shown(value)}."
        )
    for place, word in enumerate(listed):
        if not isinstance(word, str):
            raise InvalidRequestError(
                f"{name} must be a list of strings; {name}[{place}] is {shown(word)}."
            )
    if len(listed) > most:
        raise InvalidRequestError(f"{name} must have {most} words or fewer, not {len(listed)}.")
    if not listed[0]:
        raise InvalidRequestError(f"{name} must begin with a program's name, not with ''.")
    for place, word in enumerate(listed):
        if "\0" in text(f"{name}[{place}]", word):
            raise InvalidRequestError(f"{name}[{place}] has a NUL, which no word of a command can.")
    return listed


def image(name: str, value: object) -> str:
    """The name of an image. Which there are is the service's to know; this finds what can't be one."""
    known = text(name, value)
    if "://" in known:
        raise InvalidRequestError(
            f"{name} {shown(known)} is an address; pass the image's name alone, without {known.split(':')[0]}://."
        )
    if not IMAGE.fullmatch(known):
        raise InvalidRequestError(
            f"{name} {shown(known)} can't be an image's name, such as 'docker.io/library/python:3.11-slim'."
        )
    return known


def folder(name: str, value: object) -> str:
    """The path of a folder."""
    known = text(name, as_text(value))
    if not known or "\0" in known:
        raise InvalidRequestError(f"{name} must be the path of a folder, not {shown(known)}.")
    return known


def inner_path(name: str, value: object) -> str:
    """A path in a sandbox: absolute, or relative to the work folder."""
    known = text(name, as_text(value))
    if not known or "\0" in known or len(known.encode()) > 4095:
        raise InvalidRequestError(
            f"{name} must be a path of at most 4095 bytes without NUL, not {shown(known)}."
        )
    if ".." in known.split("/"):
        raise InvalidRequestError(f"{name} {shown(known)} has a '..' in it: say where it leads to.")
    return known


def environment(name: str, value: object) -> Environment:
    """Environment variables: a dictionary from names to texts."""
    if isinstance(value, Environment):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        raise InvalidRequestError(f"{name} must be a dictionary, not {type(value).__name__}.")
    for variable, said in value.items():
        if not isinstance(variable, str) or not variable or not VARIABLE.fullmatch(variable):
            raise InvalidRequestError(f"{name} has {shown(variable)}; no variable has such a name.")
        # The value isn't quoted: it may be a secret.
        if "\0" in text(f"{name}[{shown(variable)}]", said):
            raise InvalidRequestError(f"{name}[{shown(variable)}] must be a string without NUL.")
    return Environment.from_dict(dict(value))


def metadata(name: str, value: object) -> Metadata:
    """Words about something: a dictionary of texts."""
    if isinstance(value, Metadata):
        value = value.to_dict()
    if not isinstance(value, Mapping) or len(value) > 64:
        raise InvalidRequestError(f"{name} must be a dictionary of at most 64 texts.")
    for word, said in value.items():
        text(f"a name in {name}", word, shortest=1, longest=255)
        text(f"{name}[{word!r}]", said, longest=1024)
    return Metadata.from_dict(dict(value))


def metadata_filter(name: str, value: object) -> str:
    """The same as it stands in a query."""
    return json.dumps(metadata(name, value).to_dict())


def moment(name: str, value: object) -> datetime:
    """A point in time, from a datetime or from ISO 8601 text; with a time zone in either case."""
    if isinstance(value, str):
        from dateutil.parser import isoparse  # 26 ms, for those who pass text

        try:
            value = isoparse(value)
        except ValueError:
            raise InvalidRequestError(
                f"{name} {shown(value)} is no ISO 8601 time such as '2030-01-31T12:00:00Z'."
            ) from None
    if not isinstance(value, datetime):
        raise InvalidRequestError(f"{name} must be a datetime or text, not {shown(value)}.")
    if value.tzinfo is None:
        raise InvalidRequestError(
            f"{name} {shown(value.isoformat())} has no time zone, so it could be any of 24 hours. Use "
            "datetime.now(UTC) + timedelta(…), or end the text with 'Z'."
        )
    return value


def resources(name: str, value: object) -> SessionResourcesRequest:
    """What a session may use: a dictionary of known names."""
    if isinstance(value, SessionResourcesRequest):
        value = value.to_dict()
    if not isinstance(value, Mapping):
        raise InvalidRequestError(f"{name} must be a dictionary such as {{'cpu_cores': 2}}.")
    for key in value:
        if key not in RESOURCES:
            raise InvalidRequestError(
                f"{name} has {shown(key)}, which is unknown; it may have {', '.join(RESOURCES)}."
            )
    limits: dict[str, Callable[[str, object], Any]] = {
        "cpu_cores": above_zero,
        "memory_mb": at_least_one,
        "storage_gb": above_zero,
    }
    return SessionResourcesRequest(**{key: limits[key](key, value[key]) for key in value})


def standard_input(name: str, value: object) -> StandardInput:
    """What a program reads: bytes, or a text, which is sent as UTF-8."""
    match value:
        case StandardInput():
            return value
        case str():
            return StandardInput(content=text(name, value))
        case bytes() | bytearray() | memoryview():
            return StandardInput(content=base64.b64encode(value).decode(), encoding="base64")
    raise InvalidRequestError(f"{name} must be bytes or str, not {type(value).__name__}.")


def terminal(name: str, value: object) -> TerminalSize:
    """The size of a terminal: its rows and its columns."""
    if isinstance(value, TerminalSize):
        value = (value.rows, value.columns)
    if not isinstance(value, tuple) or len(value) != 2:
        said = "must be its rows and its columns, such as (24, 80)"
        raise InvalidRequestError(f"{name} {said}, not {shown(value)}.")
    rows, columns = (whole(f"{name}'s size", each, least=1, most=65535) for each in value)
    return TerminalSize(rows=rows, columns=columns)


def boolean(name: str, value: object) -> bool:
    """True or False, and nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise InvalidRequestError(f"{name} must be True or False, not {shown(value)}.")
    return value


def not_empty(request: R, *beside: str) -> R:
    """A request of which at least one field is set, not counting those `beside`, as the contract wants it."""
    fields = [field.name for field in attrs.fields(type(request)) if field.name not in beside]
    if all(isinstance(getattr(request, name), Unset) for name in fields):
        raise InvalidRequestError(
            f"There is nothing in the request: pass {' or '.join(f'{name}=…' for name in fields)}."
        )
    return request


def fields_of(
    request: attrs.AttrsInstance, given: Mapping[str, object], /, **usual: object
) -> dict[str, object]:
    """What a request object says, by the names in `given`; None where it says nothing.

    Raises:
        InvalidRequestError: Something is given beside it: neither None nor as `usual`, the method's defaults.
    """
    beside = [
        name
        for name, value in given.items()
        if value is not None and value is not request and value != usual.get(name)
    ]
    if beside:
        raise InvalidRequestError(
            f"A request object says it all: set {', '.join(beside)} in it, not beside it."
        )
    names = [field.name for field in attrs.fields(type(request))]
    said = {name: getattr(request, name) for name in names}
    return {
        **dict.fromkeys(given),
        **{name: value for name, value in said.items() if not isinstance(value, Unset)},
    }
