"""What a request asks for, within what this runtime can give.

The contract's schemas have been checked before. What is refused here is what a schema can't say, or
what no machine could do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..http.errors import ApiError, bad_request, not_implemented
from ..http.validation_messages import listed, shown
from ..kernel.languages import LANGUAGES
from ..sandbox import Limits
from .session import Session

MAX_SECONDS = 10**9  # about 30 years
CPU_CORES = (0.01, 1024)
MEMORY_MB = (64, 2**24)  # with less, the Python process itself doesn't start
STORAGE_GB = (0.01, 2**14)

VARIABLE_BYTES = 100_000  # Linux takes no more than 128 KiB of one
VARIABLES = 1000


def language_of(body: Mapping[str, Any], session: Session | None) -> str:
    """The language to run; a session's own where the request names none.

    Raises:
        ApiError: 409, when it isn't the session's; 501, when this runtime doesn't run it.
    """
    language: str = body.get("language", session.record.language if session else "python")
    if session is not None and language != session.record.language:
        theirs = session.record.language
        message = f"Session {session.record.id} runs {theirs}, not {language}."
        advice = f"Send {theirs}, or create a session for {language}."
        raise ApiError(409, "language_mismatch", f"{message} {advice}")
    if language not in LANGUAGES:
        known = listed(LANGUAGES, word="and")
        raise not_implemented(f"This runtime doesn't run {language}; it runs {known}.")
    return language


def seconds_of(body: Mapping[str, Any]) -> int | None:
    """`timeout_seconds`, if the request has it."""
    seconds = body.get("timeout_seconds")
    return None if seconds is None else int(within("timeout_seconds", seconds, (1, MAX_SECONDS)))


def expiry_of(body: Mapping[str, Any], now: datetime, default_seconds: int) -> datetime:
    """When a session ends: at the earlier of `expires_at` and `timeout_seconds` from now."""
    seconds = seconds_of(body)
    if "expires_at" not in body:
        return now + timedelta(seconds=default_seconds if seconds is None else seconds)
    expires_at = date_of(body["expires_at"])
    if expires_at <= now:
        raise bad_request(f"`expires_at` is past: {body['expires_at']}. Give a later time.")
    return expires_at if seconds is None else min(expires_at, now + timedelta(seconds=seconds))


def date_of(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (OverflowError, ValueError):  # a leap second, or the end of the calendar
        message = f"`expires_at` isn't a moment that can be reckoned with: {text}. Give another."
        raise bad_request(message) from None


def limits_of(resources: Mapping[str, Any]) -> Limits:
    """What a session's sandbox may use; the defaults where the request says nothing."""
    default = Limits()
    cores = resources.get("cpu_cores", default.cpu_cores)
    memory = resources.get("memory_mb", default.memory_mb)
    storage = resources.get("storage_gb")
    return Limits(
        cpu_cores=float(within("resources.cpu_cores", cores, CPU_CORES)),
        memory_mb=int(within("resources.memory_mb", memory, MEMORY_MB)),
        storage_gb=None
        if storage is None
        else float(within("resources.storage_gb", storage, STORAGE_GB)),
    )


def environment_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables that a process can be given."""
    environment: dict[str, str] = body.get("environment", {})
    if len(environment) > VARIABLES:
        raise bad_request(f"`environment` must have at most {VARIABLES} variables here.")
    for name, value in environment.items():
        # The value may be a secret, and isn't repeated.
        if "=" in name or "\0" in name + value:
            raise bad_request(
                f"The environment variable {name[:80]!r} can't be set: "
                "a name may hold no `=`, and neither a name nor a value a NUL."
            )
        if len(name.encode()) + len(value.encode()) > VARIABLE_BYTES:
            message = f"The environment variable {name[:80]!r} has more than {VARIABLE_BYTES} bytes"
            raise bad_request(f"{message}. Send it as a file.")
    return environment


def within(name: str, value: float, bounds: tuple[float, float]) -> float:
    """Refuse a number out of bounds. Compared before it is converted: JSON's have no end."""
    least, most = bounds
    if least <= value <= most:
        return value
    raise bad_request(f"`{name}` must be between {least} and {most} here; it is {shown(value)}.")
