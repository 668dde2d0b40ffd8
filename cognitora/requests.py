"""Checked copies of the request objects: what they must be before they are sent."""

from __future__ import annotations

from cognitora_openapi.models import (
    ComputeExecutionRequest,
    ContainerExecRequest,
    CreateSessionRequest,
    ExecuteCodeRequest,
    PersistentContainerRequest,
)
from cognitora_openapi.types import Unset

from .checks import (
    above_zero,
    at_least_one,
    boolean,
    checked,
    environment,
    files,
    folder,
    identifier,
    image,
    language,
    moment,
    resources,
    text,
    whole,
    whole_seconds,
    words,
)
from .errors import InvalidRequestError

ContainerRequest = ComputeExecutionRequest | PersistentContainerRequest


def alone(**others: object) -> None:
    """Refuse what is given beside a request object, which says it all."""
    names = [name for name, value in others.items() if value is not None]
    if names:
        raise InvalidRequestError(
            f"A request object says it all: set {', '.join(names)} in it, not beside it."
        )


def code(request: ExecuteCodeRequest) -> ExecuteCodeRequest:
    """A checked copy of a request to run code."""
    found = checked(
        request,
        ExecuteCodeRequest,
        code=text,
        language=language,
        session_id=identifier,
        files=files,
        timeout_seconds=whole_seconds,
        environment=environment,
        networking=boolean,
    )
    if isinstance(found.language, Unset) and isinstance(found.session_id, Unset):
        found.language = "python"  # said, though a server would take it for granted
    return found


def session(request: CreateSessionRequest) -> CreateSessionRequest:
    """A checked copy of a request for a session."""
    return checked(
        request,
        CreateSessionRequest,
        language=language,
        timeout_seconds=whole_seconds,
        expires_at=moment,
        environment=environment,
        resources=resources,
    )


def container(request: ContainerRequest) -> ContainerRequest:
    """A checked copy of a request for a container."""
    persistent = getattr(request, "persistent", None) is True
    return checked(
        request,
        ComputeExecutionRequest,
        PersistentContainerRequest,
        image=image,
        command=lambda name, value: None if persistent and value is None else words(name, value),
        cpu_cores=above_zero,
        memory_mb=at_least_one,
        max_cost_credits=whole,
        persistent=boolean,
        timeout_seconds=whole_seconds,
        expires_at=moment,
        storage_gb=above_zero,
        gpu_count=whole,
        networking=boolean,
        environment=environment,
    )


def command(request: ContainerExecRequest) -> ContainerExecRequest:
    """A checked copy of a request to run a command."""
    return checked(
        request,
        ContainerExecRequest,
        command=words,
        files=files,
        timeout_seconds=whole_seconds,
        working_directory=folder,
        environment=environment,
    )
