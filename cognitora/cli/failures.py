"""What went wrong, as one sentence and a hint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from cognitora import (
    APIConnectionError,
    AuthenticationError,
    CognitoraError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)

HINTS: tuple[tuple[type[CognitoraError], str], ...] = (
    (AuthenticationError, "Set COGNITORA_API_KEY to a key of this server, or use --local."),
    (PaymentRequiredError, "`cognitora container estimate` says what a container costs."),
    (PermissionDeniedError, "Use a key that may do this."),
    (NotFoundError, "`cognitora ps` lists what there is."),
    (RateLimitError, "Try again a little later."),
    (ServerError, "Try again a little later; `cognitora doctor` looks at what may be wrong."),
    (UnsupportedError, "Use a server that has it, or --local."),
    (APIConnectionError, "Look at COGNITORA_BASE_URL and the network, or use --local."),
)
FACTS = (
    *("status_code", "code", "request_id", "operation", "attempts"),
    *("retry_after", "is_retryable", "may_have_run"),
)
OPTIONS = {
    "cpu_cores": "--cpu",
    "expires_at": "--until",
    "gpu_count": "--gpus",
    "max_cost_credits": "--max-cost",
    "memory_mb": "--memory",
    "outside_links": "--outside-links",
    "storage_gb": "--storage",
    "timeout_seconds": "--timeout",
    "working_directory": "--directory",
}
"""What the command line has for the library's parameters, where their names differ."""

_AS_SENT = {re.sub("_(.)", lambda found: found[1].upper(), name): name for name in OPTIONS}
PARAMETERS = re.compile(rf"`?\b(?:resources\.)?({'|'.join((*OPTIONS, *_AS_SENT))})\b(?:=True)?`?")
NO_FILE = "`cognitora ls ID:FOLDER` lists what there is."
FILE = "Look at the path, and at what you may do there."
NO_KEY = "There is no API key."
USAGE = "`cognitora {}--help` tells how it is used."


class Failure(Exception):
    """Something that the command line itself can't do.

    Attributes:
        sentence: What.
        hint: What to do about it; empty where nothing can be done.
        kind: The library's name for such an error.
    """

    def __init__(self, sentence: str, hint: str = "", *, kind: str = "InvalidRequestError") -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Told:
    """An error as it is told: to people two lines, to machines an object."""

    kind: str
    sentence: str
    hint: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The object."""
        return {
            "error": {
                "type": self.kind,
                "message": self.sentence,
                "hint": self.hint or None,
                **self.facts,
            }
        }


if TYPE_CHECKING:

    class Usage(Exception):
        """What is wrong in how a command was used: typer's class for it has no public name."""

        message: str

        def format_message(self) -> str: ...


def tell(error: BaseException) -> Told:
    """What is to be said of an error."""
    kind = type(error).__name__
    if isinstance(error, Failure):
        return Told(error.kind, error.sentence, error.hint)
    if isinstance(error, CognitoraError):
        return _of_the_library(kind, error)
    if is_usage(error):
        usage = USAGE.format(_path(error))
        near = getattr(error, "possibilities", None)
        if near:
            hint = f"Do you mean {' or '.join(sorted(near))}? {usage}"
            return Told("InvalidRequestError", _ended(error.message), hint)
        return Told("InvalidRequestError", _ended(error.format_message()), usage)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        hint = FILE if error.filename else ""
        return Told(kind, _ended(f"{place}{error.strerror or error}"), hint)
    return Told(
        kind,
        _ended(f"Something unforeseen went wrong: {kind}: {error}"),
        "This is a defect: please report it.",
    )


def _of_the_library(kind: str, error: CognitoraError) -> Told:
    facts = {name: getattr(error, name) for name in FACTS}
    if error.message.startswith(NO_KEY):
        return Told(kind, NO_KEY, "Set COGNITORA_API_KEY, or use --local, which needs none.", facts)
    sentence, hint = _divided(as_options(error.message))
    usual = next((text for of, text in HINTS if isinstance(error, of)), "")
    usual = NO_FILE if error.code == "file_not_found" else usual
    return Told(kind, sentence, hint or usual, facts)


def as_options(text: str) -> str:
    """With the options of the command line in place of the parameters, of Python or as they are sent."""
    return PARAMETERS.sub(lambda found: OPTIONS[_AS_SENT.get(found[1], found[1])], text)


def _divided(message: str) -> tuple[str, str]:
    """The first sentence, and what follows it."""
    first, _, rest = message.partition("\n")
    sentence, *more = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", first.strip(), maxsplit=1)
    return _ended(sentence), " ".join([*more, *rest.split()])


def _ended(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def is_usage(error: BaseException) -> TypeGuard[Usage]:
    """Whether it is what typer says of options and arguments."""
    return hasattr(error, "format_message")


def _path(error: BaseException) -> str:
    """Which command was used wrongly."""
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "")
    words = path.split()[1:] if isinstance(path, str) else []
    return "".join(f"{word} " for word in words)
