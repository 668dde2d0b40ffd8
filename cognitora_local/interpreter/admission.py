"""What a request asks for, within what this runtime can give.

The contract's schemas have been checked before. What is refused here is what a schema can't say, or
what no machine could do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..http.errors import ApiError, not_implemented
from ..http.files import stdin_of, uploads
from ..http.request_limits import (
    CPU_CORES,
    MAX_SECONDS,
    STORAGE_GB,
    bounded,
    egress_of,
    environment_of,
    expires_at_of,
)
from ..http.validation_messages import listed
from ..kernel.languages import LANGUAGES
from ..sandbox import Limits
from ..store.models import SessionRecord, new_id
from .execution import Job
from .session import Session

DEFAULT_SECONDS = 60  # that code may run, where the request doesn't say
MEMORY_MB = (64, 2**24)  # with less, the Python process itself doesn't start


async def job_of(body: Mapping[str, Any], session: Session | None) -> Job:
    """The code that a request asks to have run, in a session or by itself.

    Raises:
        ApiError: 400, 409 or 501, when it can't be.
    """
    networking = networking_of(body, session)
    return Job(
        code=body["code"],
        language=language_of(body, session),
        timeout_seconds=seconds_of(body) or DEFAULT_SECONDS,
        networking=networking,
        egress=egress_of(body, networking=networking),
        environment=environment_of(body),
        files=await uploads(body.get("files", [])),
        stdin=await stdin_of(body),
    )


def session_of(body: Mapping[str, Any], limits: Limits, default_seconds: int) -> SessionRecord:
    """The session that a request asks for, as it is before anything was done for it.

    Raises:
        ApiError: 400 or 501, when it can't be had.
    """
    now = datetime.now(UTC)
    return SessionRecord(
        id=new_id("ses"),
        language=language_of(body, None),
        created_at=now,
        expires_at=expiry_of(body, now, default_seconds),
        timeout_seconds=seconds_of(body),
        metadata=body.get("metadata", {}),
        resources={
            "cpu_cores": limits.cpu_cores,
            "memory_mb": limits.memory_mb,
            "storage_gb": limits.storage_gb,
        },
    )


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


def networking_of(body: Mapping[str, Any], session: Session | None) -> bool:
    """Whether code may reach the outside.

    Raises:
        ApiError: 409, when it is to and its session may not.
    """
    may = session is None or session.networking
    networking: bool = body.get("networking", may)
    if networking and session is not None and not may:
        message = f"Session {session.record.id} was created with networking off."
        advice = "Leave `networking` out, or create a session without saying so."
        raise ApiError(409, "networking_off", f"{message} {advice}")
    return networking


def seconds_of(body: Mapping[str, Any]) -> int | None:
    """`timeout_seconds`, if the request has it."""
    seconds = body.get("timeout_seconds")
    return None if seconds is None else int(bounded("timeout_seconds", seconds, (1, MAX_SECONDS)))


def expiry_of(body: Mapping[str, Any], now: datetime, default_seconds: int) -> datetime:
    """When a session ends: at the earlier of `expires_at` and `timeout_seconds` from now."""
    seconds = seconds_of(body)
    if "expires_at" not in body:
        return now + timedelta(seconds=default_seconds if seconds is None else seconds)
    expires_at = expires_at_of(body, now)
    return expires_at if seconds is None else min(expires_at, now + timedelta(seconds=seconds))


def limits_of(resources: Mapping[str, Any]) -> Limits:
    """What a session's sandbox may use; the defaults where the request says nothing."""
    default = Limits()
    cores = resources.get("cpu_cores", default.cpu_cores)
    memory = resources.get("memory_mb", default.memory_mb)
    storage = resources.get("storage_gb")
    return Limits(
        cpu_cores=float(bounded("resources.cpu_cores", cores, CPU_CORES)),
        memory_mb=int(bounded("resources.memory_mb", memory, MEMORY_MB)),
        storage_gb=None
        if storage is None
        else float(bounded("resources.storage_gb", storage, STORAGE_GB)),
    )
