"""The bodies of requests, made of what callers give, checked. Written by `make generate`."""

from __future__ import annotations

from cognitora_openapi.models import (
    ComputeExecutionRequest,
    ContainerExecRequest,
    ContainerUpdateRequest,
    CostEstimateRequest,
    CreateSessionRequest,
    ExecuteCodeRequest,
    PersistentContainerRequest,
)

from . import checks


def execute_code_request(
    *,
    code: object,
    language: object = None,
    session_id: object = None,
    files: object = None,
    timeout_seconds: object = 60,
    environment: object = None,
    networking: object = True,
) -> ExecuteCodeRequest:
    """Code to run."""
    if language is None and session_id is None:
        language = "python"
    return ExecuteCodeRequest(
        code=checks.text("code", code),
        language=checks.if_given(checks.language, "language", language),
        session_id=checks.if_given(checks.identifier, "session_id", session_id),
        files=checks.if_given(checks.files, "files", files, most=1000),
        timeout_seconds=checks.whole_seconds(
            "timeout_seconds", checks.or_usual(timeout_seconds, 60), least=1
        ),
        environment=checks.if_given(checks.environment, "environment", environment),
        networking=checks.boolean("networking", checks.or_usual(networking, True)),
    )


def create_session_request(
    *,
    language: object = "python",
    timeout_seconds: object = None,
    expires_at: object = None,
    environment: object = None,
    resources: object = None,
) -> CreateSessionRequest:
    """A session to create."""
    return CreateSessionRequest(
        language=checks.language("language", checks.or_usual(language, "python")),
        timeout_seconds=checks.if_given(
            checks.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        expires_at=checks.if_given(checks.moment, "expires_at", expires_at),
        environment=checks.if_given(checks.environment, "environment", environment),
        resources=checks.if_given(checks.resources, "resources", resources),
    )


def compute_execution_request(
    *,
    image: object,
    command: object,
    cpu_cores: object,
    memory_mb: object,
    max_cost_credits: object,
    persistent: object = False,
    timeout_seconds: object = None,
    expires_at: object = None,
    environment: object = None,
    storage_gb: object = None,
    gpu_count: object = None,
    networking: object = False,
) -> ComputeExecutionRequest:
    """A one-shot container to start."""
    return ComputeExecutionRequest(
        image=checks.image("image", image),
        command=checks.words("command", command, most=4096),
        cpu_cores=checks.number("cpu_cores", cpu_cores, least=0, above=True),
        memory_mb=checks.whole("memory_mb", memory_mb, least=1),
        max_cost_credits=checks.whole("max_cost_credits", max_cost_credits, least=0),
        persistent=checks.boolean("persistent", checks.or_usual(persistent, False)),
        timeout_seconds=checks.if_given(
            checks.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        expires_at=checks.if_given(checks.moment, "expires_at", expires_at),
        environment=checks.if_given(checks.environment, "environment", environment),
        storage_gb=checks.if_given(checks.number, "storage_gb", storage_gb, least=0, above=True),
        gpu_count=checks.if_given(checks.whole, "gpu_count", gpu_count, least=0),
        networking=checks.boolean("networking", checks.or_usual(networking, False)),
    )


def persistent_container_request(
    *,
    image: object,
    cpu_cores: object,
    memory_mb: object,
    max_cost_credits: object,
    command: object = None,
    timeout_seconds: object = None,
    expires_at: object = None,
    environment: object = None,
    storage_gb: object = None,
    gpu_count: object = None,
    networking: object = False,
    persistent: object = True,
) -> PersistentContainerRequest:
    """A persistent container to start."""
    return PersistentContainerRequest(
        image=checks.image("image", image),
        cpu_cores=checks.number("cpu_cores", cpu_cores, least=0, above=True),
        memory_mb=checks.whole("memory_mb", memory_mb, least=1),
        max_cost_credits=checks.whole("max_cost_credits", max_cost_credits, least=0),
        command=checks.if_given(checks.words, "command", command, most=4096),
        timeout_seconds=checks.if_given(
            checks.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        expires_at=checks.if_given(checks.moment, "expires_at", expires_at),
        environment=checks.if_given(checks.environment, "environment", environment),
        storage_gb=checks.if_given(checks.number, "storage_gb", storage_gb, least=0, above=True),
        gpu_count=checks.if_given(checks.whole, "gpu_count", gpu_count, least=0),
        networking=checks.boolean("networking", checks.or_usual(networking, False)),
        persistent=checks.constant("persistent", persistent, True),
    )


def container_update_request(
    *, timeout_seconds: object = None, expires_at: object = None
) -> ContainerUpdateRequest:
    """A persistent container's new end."""
    return checks.not_empty(
        ContainerUpdateRequest(
            timeout_seconds=checks.if_given(
                checks.whole_seconds, "timeout_seconds", timeout_seconds, least=1
            ),
            expires_at=checks.if_given(checks.moment, "expires_at", expires_at),
        )
    )


def container_exec_request(
    *,
    command: object,
    files: object = None,
    timeout_seconds: object = None,
    working_directory: object = None,
    environment: object = None,
) -> ContainerExecRequest:
    """A command to run in a container."""
    return ContainerExecRequest(
        command=checks.words("command", command, most=4096),
        files=checks.if_given(checks.files, "files", files, most=1000),
        timeout_seconds=checks.if_given(
            checks.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        working_directory=checks.if_given(checks.folder, "working_directory", working_directory),
        environment=checks.if_given(checks.environment, "environment", environment),
    )


def cost_estimate_request(
    *,
    cpu_cores: object,
    memory_mb: object,
    storage_gb: object = 5,
    gpu_count: object = 0,
    timeout_seconds: object = 300,
) -> CostEstimateRequest:
    """Resources to price."""
    return CostEstimateRequest(
        cpu_cores=checks.number("cpu_cores", cpu_cores, least=0, above=True),
        memory_mb=checks.whole("memory_mb", memory_mb, least=1),
        storage_gb=checks.number("storage_gb", storage_gb, least=0, above=True),
        gpu_count=checks.whole("gpu_count", gpu_count, least=0),
        timeout_seconds=checks.whole_seconds("timeout_seconds", timeout_seconds, least=1),
    )
