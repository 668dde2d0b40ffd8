"""The bodies of requests, made of what callers give, checked. Written by `make generate`."""

from __future__ import annotations

from cognitora_openapi.models import (
    ComputeExecutionRequest,
    ContainerExecRequest,
    ContainerFileChangeRequest,
    ContainerFolderRequest,
    ContainerMoveRequest,
    ContainerUpdateRequest,
    CostEstimateRequest,
    CreateSessionRequest,
    ExecuteCodeRequest,
    PersistentContainerRequest,
    ProcessRequest,
    ProcessSignalRequest,
    SessionFileChangeRequest,
    SessionFolderRequest,
    SessionMoveRequest,
    SessionUpdateRequest,
    SetEgressRequest,
    TerminalSize,
)

from . import validation


def execute_code_request(
    *,
    code: object,
    language: object = None,
    session_id: object = None,
    files: object = None,
    timeout_seconds: object = 60,
    environment: object = None,
    networking: object = None,
    stdin: object = None,
    egress: object = None,
) -> ExecuteCodeRequest:
    """Code to run."""
    if language is None and session_id is None:
        language = "python"
    if networking is None and session_id is None:
        networking = True
    return ExecuteCodeRequest(
        code=validation.text("code", code),
        language=validation.if_given(validation.language, "language", language),
        session_id=validation.if_given(validation.identifier, "session_id", session_id),
        files=validation.if_given(validation.files, "files", files, most=1000),
        timeout_seconds=validation.whole_seconds(
            "timeout_seconds", validation.or_usual(timeout_seconds, 60), least=1
        ),
        environment=validation.if_given(validation.environment, "environment", environment),
        networking=validation.if_given(validation.boolean, "networking", networking),
        stdin=validation.if_given(validation.standard_input, "stdin", stdin),
        egress=validation.if_given(validation.egress, "egress", egress),
    )


def create_session_request(
    *,
    language: object = "python",
    timeout_seconds: object = None,
    expires_at: object = None,
    environment: object = None,
    resources: object = None,
    metadata: object = None,
    networking: object = None,
    egress: object = None,
) -> CreateSessionRequest:
    """A session to create."""
    return CreateSessionRequest(
        language=validation.language("language", validation.or_usual(language, "python")),
        timeout_seconds=validation.if_given(
            validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        expires_at=validation.if_given(validation.moment, "expires_at", expires_at),
        environment=validation.if_given(validation.environment, "environment", environment),
        resources=validation.if_given(validation.resources, "resources", resources),
        metadata=validation.if_given(validation.metadata, "metadata", metadata),
        networking=validation.if_given(validation.boolean, "networking", networking),
        egress=validation.if_given(validation.egress, "egress", egress),
    )


def session_update_request(
    *, timeout_seconds: object = None, expires_at: object = None
) -> SessionUpdateRequest:
    """A session's new end."""
    return validation.not_empty(
        SessionUpdateRequest(
            timeout_seconds=validation.if_given(
                validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
            ),
            expires_at=validation.if_given(validation.moment, "expires_at", expires_at),
        )
    )


def session_file_change_request(
    *, mode: object = None, owner: object = None, modified: object = None
) -> SessionFileChangeRequest:
    """What to change of a file or folder."""
    return validation.not_empty(
        SessionFileChangeRequest(
            mode=validation.if_given(validation.whole, "mode", mode, least=0, most=4095),
            owner=validation.if_given(validation.text, "owner", owner, shortest=1, longest=255),
            modified=validation.if_given(validation.moment, "modified", modified),
        )
    )


def session_folder_request(
    *, path: object, mode: object = None, exclusive: object = False
) -> SessionFolderRequest:
    """A folder to make."""
    return SessionFolderRequest(
        path=validation.inner_path("path", path),
        mode=validation.if_given(validation.whole, "mode", mode, least=0, most=4095),
        exclusive=validation.boolean("exclusive", validation.or_usual(exclusive, False)),
    )


def session_move_request(
    *, source: object, target: object, replace: object = False
) -> SessionMoveRequest:
    """What to move, and where to."""
    return SessionMoveRequest(
        source=validation.inner_path("source", source),
        target=validation.inner_path("target", target),
        replace=validation.boolean("replace", validation.or_usual(replace, False)),
    )


def set_egress_request(*, egress: object) -> SetEgressRequest:
    """What may be reached from now on."""
    return SetEgressRequest(egress=validation.egress("egress", egress))


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
    metadata: object = None,
    egress: object = None,
) -> ComputeExecutionRequest:
    """A one-shot container to start."""
    return ComputeExecutionRequest(
        image=validation.image("image", image),
        command=validation.words("command", command, most=4096),
        cpu_cores=validation.number("cpu_cores", cpu_cores, least=0, above=True),
        memory_mb=validation.whole("memory_mb", memory_mb, least=1),
        max_cost_credits=validation.whole("max_cost_credits", max_cost_credits, least=0),
        persistent=validation.boolean("persistent", validation.or_usual(persistent, False)),
        timeout_seconds=validation.if_given(
            validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        expires_at=validation.if_given(validation.moment, "expires_at", expires_at),
        environment=validation.if_given(validation.environment, "environment", environment),
        storage_gb=validation.if_given(
            validation.number, "storage_gb", storage_gb, least=0, above=True
        ),
        gpu_count=validation.if_given(validation.whole, "gpu_count", gpu_count, least=0),
        networking=validation.boolean("networking", validation.or_usual(networking, False)),
        metadata=validation.if_given(validation.metadata, "metadata", metadata),
        egress=validation.if_given(validation.egress, "egress", egress),
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
    metadata: object = None,
    egress: object = None,
    persistent: object = True,
) -> PersistentContainerRequest:
    """A persistent container to start."""
    return PersistentContainerRequest(
        image=validation.image("image", image),
        cpu_cores=validation.number("cpu_cores", cpu_cores, least=0, above=True),
        memory_mb=validation.whole("memory_mb", memory_mb, least=1),
        max_cost_credits=validation.whole("max_cost_credits", max_cost_credits, least=0),
        command=validation.if_given(validation.words, "command", command, most=4096),
        timeout_seconds=validation.if_given(
            validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        expires_at=validation.if_given(validation.moment, "expires_at", expires_at),
        environment=validation.if_given(validation.environment, "environment", environment),
        storage_gb=validation.if_given(
            validation.number, "storage_gb", storage_gb, least=0, above=True
        ),
        gpu_count=validation.if_given(validation.whole, "gpu_count", gpu_count, least=0),
        networking=validation.boolean("networking", validation.or_usual(networking, False)),
        metadata=validation.if_given(validation.metadata, "metadata", metadata),
        egress=validation.if_given(validation.egress, "egress", egress),
        persistent=validation.constant("persistent", persistent, True),
    )


def container_update_request(
    *, timeout_seconds: object = None, expires_at: object = None
) -> ContainerUpdateRequest:
    """A persistent container's new end."""
    return validation.not_empty(
        ContainerUpdateRequest(
            timeout_seconds=validation.if_given(
                validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
            ),
            expires_at=validation.if_given(validation.moment, "expires_at", expires_at),
        )
    )


def container_exec_request(
    *,
    command: object,
    files: object = None,
    timeout_seconds: object = None,
    working_directory: object = None,
    environment: object = None,
    user: object = None,
    stdin: object = None,
) -> ContainerExecRequest:
    """A command to run in a container."""
    return ContainerExecRequest(
        command=validation.words("command", command, most=4096),
        files=validation.if_given(validation.files, "files", files, most=1000),
        timeout_seconds=validation.if_given(
            validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        working_directory=validation.if_given(
            validation.folder, "working_directory", working_directory
        ),
        environment=validation.if_given(validation.environment, "environment", environment),
        user=validation.if_given(validation.text, "user", user, shortest=1, longest=255),
        stdin=validation.if_given(validation.standard_input, "stdin", stdin),
    )


def container_file_change_request(
    *, mode: object = None, owner: object = None, user: object = None, modified: object = None
) -> ContainerFileChangeRequest:
    """What to change of a file or folder."""
    return validation.not_empty(
        ContainerFileChangeRequest(
            mode=validation.if_given(validation.whole, "mode", mode, least=0, most=4095),
            owner=validation.if_given(validation.text, "owner", owner, shortest=1, longest=255),
            user=validation.if_given(validation.text, "user", user, shortest=1, longest=255),
            modified=validation.if_given(validation.moment, "modified", modified),
        ),
        "user",
    )


def container_folder_request(
    *, path: object, mode: object = None, exclusive: object = False, user: object = None
) -> ContainerFolderRequest:
    """A folder to make."""
    return ContainerFolderRequest(
        path=validation.inner_path("path", path),
        mode=validation.if_given(validation.whole, "mode", mode, least=0, most=4095),
        exclusive=validation.boolean("exclusive", validation.or_usual(exclusive, False)),
        user=validation.if_given(validation.text, "user", user, shortest=1, longest=255),
    )


def container_move_request(
    *, source: object, target: object, replace: object = False, user: object = None
) -> ContainerMoveRequest:
    """What to move, and where to."""
    return ContainerMoveRequest(
        source=validation.inner_path("source", source),
        target=validation.inner_path("target", target),
        replace=validation.boolean("replace", validation.or_usual(replace, False)),
        user=validation.if_given(validation.text, "user", user, shortest=1, longest=255),
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
        cpu_cores=validation.number("cpu_cores", cpu_cores, least=0, above=True),
        memory_mb=validation.whole("memory_mb", memory_mb, least=1),
        storage_gb=validation.number("storage_gb", storage_gb, least=0, above=True),
        gpu_count=validation.whole("gpu_count", gpu_count, least=0),
        timeout_seconds=validation.whole_seconds("timeout_seconds", timeout_seconds, least=1),
    )


def process_request(
    *,
    command: object,
    working_directory: object = None,
    environment: object = None,
    user: object = None,
    timeout_seconds: object = None,
    stdin: object = True,
    terminal: object = None,
) -> ProcessRequest:
    """A command to run in the background."""
    return ProcessRequest(
        command=validation.words("command", command, most=4096),
        working_directory=validation.if_given(
            validation.folder, "working_directory", working_directory
        ),
        environment=validation.if_given(validation.environment, "environment", environment),
        user=validation.if_given(validation.text, "user", user, shortest=1, longest=255),
        timeout_seconds=validation.if_given(
            validation.whole_seconds, "timeout_seconds", timeout_seconds, least=1
        ),
        stdin=validation.boolean("stdin", validation.or_usual(stdin, True)),
        terminal=validation.if_given(validation.terminal, "terminal", terminal),
    )


def process_signal_request(*, signal: object) -> ProcessSignalRequest:
    """A signal to send."""
    return ProcessSignalRequest(
        signal=validation.signal(
            "signal",
            signal,
            known=[
                "HUP",
                "INT",
                "QUIT",
                "KILL",
                "USR1",
                "USR2",
                "TERM",
                "CONT",
                "STOP",
                "TSTP",
                "WINCH",
            ],
        )
    )


def terminal_size(*, rows: object, columns: object) -> TerminalSize:
    """The size of a terminal, in characters. A process that has one prints all to its standard output."""
    return TerminalSize(
        rows=validation.whole("rows", rows, least=1, most=65535),
        columns=validation.whole("columns", columns, least=1, most=65535),
    )
