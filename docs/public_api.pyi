# What `import cognitora` promises: each public name, what it takes and gives. To be read, not imported.
# A class has its own members here, and those of its bases that have no entry. Written by `make generate`.

__version__ = ...

class APIConnectionError(CognitoraError): ...
class APIError(CognitoraError): ...
class APITimeoutError(APIConnectionError): ...

class AsyncCodeInterpreter(AsyncSessionFiles):
    def __init__(client: AsyncBaseClient) -> None: ...
    async def attach(
        session_id: str, *, request_timeout: float | None = None
    ) -> AsyncInterpreterSession: ...
    async def change_file(
        session_id: str,
        path: InnerPath,
        mode: int | None = None,
        owner: str | None = None,
        modified: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    async def create_session(
        language: Language | str | None = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        networking: bool | None = None,
        egress: Sequence[str] | None = None,
        image: None = None,
        request_timeout: float | None = None,
    ) -> Session: ...
    async def delete_session(session_id: str, *, request_timeout: float | None = None) -> bool: ...
    async def download(
        session_id: str,
        path: InnerPath,
        target: None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes: ...
    async def download(
        session_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def download(
        session_id: str, path: InnerPath, target: W, *, request_timeout: float | None = None
    ) -> W: ...
    async def download_folder(
        session_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def execute(
        code: str | ExecuteCodeRequest,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def expose_port(
        session_id: str, port: int, *, request_timeout: float | None = None
    ) -> ExposedPort: ...
    async def get_egress(
        session_id: str, *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    async def get_execution(
        execution_id: str, *, request_timeout: float | None = None
    ) -> InterpreterExecution: ...
    async def get_session(
        session_id: str, *, request_timeout: float | None = None
    ) -> SessionDetails: ...
    async def get_session_executions(
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]: ...
    async def get_session_logs(
        session_id: str, limit: int = 50, offset: int = 0, *, request_timeout: float | None = None
    ) -> list[SessionLogEntry]: ...
    def iter_all_executions(
        status: str | None = None,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[InterpreterExecution]: ...
    def iter_files(
        session_id: str, path: InnerPath, depth: int = 1, *, request_timeout: float | None = None
    ) -> AsyncGenerator[FileEntry]: ...
    async def iter_ports(
        session_id: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ExposedPort]: ...
    def iter_session_executions(
        session_id: str,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[InterpreterExecution]: ...
    def iter_session_logs(
        session_id: str, *, page_size: int = 50, request_timeout: float | None = None
    ) -> AsyncGenerator[SessionLogEntry]: ...
    async def iter_sessions(
        *, metadata: Mapping[str, str] | None = None, request_timeout: float | None = None
    ) -> AsyncGenerator[Session]: ...
    async def list_all_executions(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]: ...
    async def list_files(
        session_id: str, path: InnerPath, depth: int = 1, *, request_timeout: float | None = None
    ) -> list[FileEntry]: ...
    async def list_ports(
        session_id: str, *, request_timeout: float | None = None
    ) -> list[ExposedPort]: ...
    async def list_sessions(
        *, metadata: Mapping[str, str] | None = None, request_timeout: float | None = None
    ) -> list[Session]: ...
    async def make_folder(
        session_id: str,
        path: InnerPath,
        mode: int | None = None,
        exclusive: bool | None = False,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def map(
        items: Iterable[str | ExecuteCodeRequest],
        *,
        language: Language | str | None = None,
        concurrency: int = 8,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[ExecuteCodeResponse | CognitoraError]: ...
    async def move_file(
        session_id: str,
        source: InnerPath,
        target: InnerPath,
        replace: bool | None = False,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def path(session_id: str, path: InnerPath) -> AsyncSandboxPath: ...
    async def remove_file(
        session_id: str,
        path: InnerPath,
        recursive: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> bool: ...
    async def run_bash(
        command: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_javascript(
        code: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_python(
        code: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_with_files(
        code: str,
        files: Files,
        language: Language | str | None = None,
        session_id: str | None = None,
        *,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def session(
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        image: None = None,
        networking: bool | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncInterpreterSession: ...
    async def set_egress(
        session_id: str, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    async def stat_file(
        session_id: str, path: InnerPath, *, request_timeout: float | None = None
    ) -> FileEntry: ...
    def stream(
        code: str,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncExecutionStream: ...
    async def unexpose_port(
        session_id: str, port: int, *, request_timeout: float | None = None
    ) -> bool: ...
    async def update_session(
        session_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session: ...
    async def upload(
        session_id: str,
        source: AsyncSource,
        path: InnerPath,
        *,
        mode: int | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    async def upload_folder(
        session_id: str,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        request_timeout: float | None = None,
    ) -> None: ...

class AsyncContainer(AsyncNetworkHandle[Execution]):
    async def __aenter__() -> Self: ...
    async def __aexit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __enter__() -> NoReturn: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        containers: AsyncContainerLogs, make: Callable[[], Coroutine[Any, Any, Execution]]
    ) -> None: ...
    async def close() -> None: ...
    async def download(
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...
    async def download(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def download(
        path: InnerPath, target: W, *, user: str | None = None, request_timeout: float | None = None
    ) -> W: ...
    async def download_folder(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def egress(*, request_timeout: float | None = None) -> EgressStatus: ...
    async def expose(port: int, *, request_timeout: float | None = None) -> ExposedPort: ...
    def follow_logs(
        *, timeout: float | None = None, request_timeout: float | None = None
    ) -> AsyncGenerator[str]: ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    async def logs(*, request_timeout: float | None = None) -> str: ...
    async def open() -> Self: ...
    def path(path: InnerPath, *, user: str | None = None) -> AsyncSandboxPath: ...
    async def ports(*, request_timeout: float | None = None) -> list[ExposedPort]: ...
    async def refresh(*, request_timeout: float | None = None) -> Info: ...
    async def run(
        command: Sequence[InnerPath],
        *,
        files: Files | None = None,
        timeout_seconds: int | None = None,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        stdin: bytes | str | None = None,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    async def set_egress(
        egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    async def start(
        command: Sequence[InnerPath],
        *,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        request_timeout: float | None = None,
    ) -> AsyncProcess: ...
    async def unexpose(port: int, *, request_timeout: float | None = None) -> None: ...
    async def update(
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    async def upload(
        source: AsyncSource,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    async def upload_folder(
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...

class AsyncContainers(AsyncContainerWaiting):
    def __init__(client: AsyncBaseClient) -> None: ...
    async def attach(
        container_id: str, *, request_timeout: float | None = None
    ) -> AsyncContainer: ...
    async def cancel_container(
        container_id: str, *, request_timeout: float | None = None
    ) -> bool: ...
    async def change_file(
        container_id: str,
        path: InnerPath,
        mode: int | None = None,
        owner: str | None = None,
        user: str | None = None,
        modified: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    async def collect_garbage(*, request_timeout: float | None = None) -> CollectedGarbage: ...
    def container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[InnerPath] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncContainer: ...
    async def create_container(
        image: ComputeExecutionRequest | PersistentContainerRequest,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def create_container(
        image: str,
        command: Sequence[InnerPath] | None,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        networking: bool | None = None,
        *,
        persistent: bool | None = False,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def create_persistent_container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[InnerPath] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def download(
        container_id: str,
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...
    async def download(
        container_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def download(
        container_id: str,
        path: InnerPath,
        target: W,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> W: ...
    async def download_folder(
        container_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def estimate_cost(
        cpu_cores: float,
        memory_mb: int,
        storage_gb: float = 5,
        gpu_count: int = 0,
        timeout_seconds: int = 300,
        *,
        request_timeout: float | None = None,
    ) -> CostEstimate: ...
    async def execute_in_container(
        container_id: str,
        command: Sequence[InnerPath],
        files: Files | None = None,
        timeout_seconds: int | None = None,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        user: str | None = None,
        stdin: bytes | str | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    async def expose_port(
        container_id: str, port: int, *, request_timeout: float | None = None
    ) -> ExposedPort: ...
    def follow_logs(
        container_id: str, *, timeout: float | None = None, request_timeout: float | None = None
    ) -> AsyncGenerator[str]: ...
    async def get_container(
        container_id: str, *, request_timeout: float | None = None
    ) -> Execution: ...
    async def get_container_execution(
        execution_id: str, *, request_timeout: float | None = None
    ) -> ContainerExecution: ...
    async def get_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> list[ContainerExecution]: ...
    async def get_container_logs(
        container_id: str, *, request_timeout: float | None = None
    ) -> str: ...
    async def get_egress(
        container_id: str, *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    def iter_all_container_executions(
        status: str | None = None, *, page_size: int = 50, request_timeout: float | None = None
    ) -> AsyncGenerator[ContainerExecution]: ...
    def iter_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ContainerExecution]: ...
    def iter_containers(
        status: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[Execution]: ...
    def iter_files(
        container_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[FileEntry]: ...
    async def iter_ports(
        container_id: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ExposedPort]: ...
    async def list_all_container_executions(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> list[ContainerExecution]: ...
    async def list_containers(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        request_timeout: float | None = None,
    ) -> list[Execution]: ...
    async def list_files(
        container_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> list[FileEntry]: ...
    async def list_ports(
        container_id: str, *, request_timeout: float | None = None
    ) -> list[ExposedPort]: ...
    async def make_folder(
        container_id: str,
        path: InnerPath,
        mode: int | None = None,
        exclusive: bool | None = False,
        user: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    async def move_file(
        container_id: str,
        source: InnerPath,
        target: InnerPath,
        replace: bool | None = False,
        user: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def path(
        container_id: str, path: InnerPath, *, user: str | None = None
    ) -> AsyncSandboxPath: ...
    async def remove_file(
        container_id: str,
        path: InnerPath,
        recursive: bool = False,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bool: ...
    async def run_and_wait(
        image: str,
        command: Sequence[InnerPath],
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        *,
        networking: bool | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        egress: Sequence[str] | None = None,
        poll_interval: float = 5,
        cancel_on_failure: bool = True,
        request_timeout: float | None = None,
    ) -> RunResult: ...
    async def set_egress(
        container_id: str, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    async def stat_file(
        container_id: str,
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    async def unexpose_port(
        container_id: str, port: int, *, request_timeout: float | None = None
    ) -> bool: ...
    async def update_container(
        container_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    async def upload(
        container_id: str,
        source: AsyncSource,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    async def upload_files(
        container_id: str, files: Files, *, request_timeout: float | None = None
    ) -> ContainerExecResponse: ...
    async def upload_folder(
        container_id: str,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    async def wait_for_completion(
        container_id: str,
        timeout_seconds: float = 300,
        poll_interval: float = 5,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...

class AsyncExecutionStream:
    async def __aenter__() -> Self: ...
    async def __aexit__(*exception: object) -> None: ...
    def __aiter__() -> Self: ...
    async def __anext__() -> ExecuteCodeOutput: ...
    def __init__(
        client: AsyncBaseClient, request: ExecuteCodeRequest, request_timeout: float | None
    ) -> None: ...
    async def close() -> None: ...
    @property
    def received() -> list[ExecuteCodeOutput]: ...
    @property
    def result() -> ExecuteCodeResponse: ...

class AsyncInterpreterSession(AsyncNetworkHandle[Session]):
    async def __aenter__() -> Self: ...
    async def __aexit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __enter__() -> NoReturn: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        interpreter: AsyncSessionFiles,
        make: Callable[[], Coroutine[Any, Any, Session]],
        language: str,
    ) -> None: ...
    async def close() -> None: ...
    async def download(
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...
    async def download(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def download(
        path: InnerPath, target: W, *, user: str | None = None, request_timeout: float | None = None
    ) -> W: ...
    async def download_folder(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def egress(*, request_timeout: float | None = None) -> EgressStatus: ...
    execute = ...
    async def expose(port: int, *, request_timeout: float | None = None) -> ExposedPort: ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    async def open() -> Self: ...
    def path(path: InnerPath, *, user: str | None = None) -> AsyncSandboxPath: ...
    async def ports(*, request_timeout: float | None = None) -> list[ExposedPort]: ...
    async def refresh(*, request_timeout: float | None = None) -> Info: ...
    async def run(
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_python(
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    @property
    def session_id() -> str: ...
    async def set_egress(
        egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    async def start(
        command: Sequence[InnerPath],
        *,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        request_timeout: float | None = None,
    ) -> AsyncProcess: ...
    def stream(
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> AsyncExecutionStream: ...
    async def unexpose(port: int, *, request_timeout: float | None = None) -> None: ...
    async def update(
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session: ...
    async def upload(
        source: AsyncSource,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    async def upload_folder(
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...

class AsyncProcess:
    def __aiter__() -> AsyncGenerator[OutputPiece]: ...
    def __init__(
        processes: AsyncProcessesOperations, info: ProcessInfo, *, stdin: bool = True
    ) -> None: ...
    async def close_stdin(*, request_timeout: float | None = None) -> None: ...
    async def communicate(
        data: bytes | str = b"",
        *,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        timeout: float | None = None,
    ) -> ProcessResult: ...
    @property
    def exit_code() -> int | None: ...
    @property
    def id() -> str: ...
    @property
    def info() -> ProcessInfo: ...
    async def kill(*, request_timeout: float | None = None) -> None: ...
    def output(offset: int = 0, *, timeout: float | None = None) -> AsyncGenerator[OutputPiece]: ...
    async def poll(*, request_timeout: float | None = None) -> int | None: ...
    async def refresh(*, request_timeout: float | None = None) -> ProcessInfo: ...
    async def resize(rows: int, columns: int, *, request_timeout: float | None = None) -> None: ...
    async def signal(signal: int | str, *, request_timeout: float | None = None) -> None: ...
    async def wait(
        timeout: float | None = None, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    async def write(data: bytes | str, *, timeout: float | None = None) -> None: ...

class AsyncProcesses(AsyncProcessesOperations):
    def __init__(client: AsyncBaseClient) -> None: ...
    async def attach(process_id: str, *, request_timeout: float | None = None) -> AsyncProcess: ...
    async def get_process(
        process_id: str, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    async def get_process_output(
        process_id: str, offset: int = 0, *, request_timeout: float | None = None
    ) -> ProcessOutput: ...
    def iter_container_processes(
        container_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ProcessInfo]: ...
    def iter_session_processes(
        session_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ProcessInfo]: ...
    async def list_container_processes(
        container_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> list[ProcessInfo]: ...
    async def list_session_processes(
        session_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> list[ProcessInfo]: ...
    async def resize_process(
        process_id: str, rows: int, columns: int, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    async def signal_process(
        process_id: str, signal: int | str, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    async def start_container_process(
        container_id: str,
        command: Sequence[InnerPath],
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool | None = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ProcessInfo: ...
    async def start_session_process(
        session_id: str,
        command: Sequence[InnerPath],
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_seconds: int | None = None,
        stdin: bool | None = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        *,
        user: None = None,
        request_timeout: float | None = None,
    ) -> ProcessInfo: ...

class AsyncSandboxPath(AsyncSandboxFolder):
    def __init__(files: Any, id: str, path: InnerPath, user: str | None = None) -> None: ...
    @property
    def anchor() -> str: ...
    def as_posix() -> str: ...
    async def chmod(mode: int, *, request_timeout: float | None = None) -> None: ...
    async def exists(*, request_timeout: float | None = None) -> bool: ...
    async def glob(
        pattern: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[Self]: ...
    async def group(*, request_timeout: float | None = None) -> str | None: ...
    def is_absolute() -> bool: ...
    async def is_dir(*, request_timeout: float | None = None) -> bool: ...
    async def is_file(*, request_timeout: float | None = None) -> bool: ...
    def is_relative_to(other: InnerPath) -> bool: ...
    async def is_symlink(*, request_timeout: float | None = None) -> bool: ...
    async def iterdir(*, request_timeout: float | None = None) -> AsyncGenerator[Self]: ...
    def joinpath(*parts: InnerPath) -> Self: ...
    def match(pattern: str) -> bool: ...
    async def mkdir(
        mode: int | None = None,
        parents: bool = False,
        exist_ok: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> None: ...
    @property
    def name() -> str: ...
    def open(
        mode: str = "r",
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncSandboxFile: ...
    async def owner(*, request_timeout: float | None = None) -> str | None: ...
    @property
    def parent() -> Self: ...
    @property
    def parents() -> tuple[Self, ...]: ...
    @property
    def parts() -> tuple[str, ...]: ...
    async def read_bytes(
        *, max_bytes: int | None = None, request_timeout: float | None = None
    ) -> bytes: ...
    async def read_text(
        encoding: str = "utf-8",
        errors: str = "strict",
        *,
        max_bytes: int | None = None,
        request_timeout: float | None = None,
    ) -> str: ...
    async def readlink(*, request_timeout: float | None = None) -> PurePosixPath: ...
    def relative_to(other: InnerPath) -> Self: ...
    async def rename(target: InnerPath, *, request_timeout: float | None = None) -> Self: ...
    async def replace(target: InnerPath, *, request_timeout: float | None = None) -> Self: ...
    async def rglob(
        pattern: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[Self]: ...
    async def rmdir(*, request_timeout: float | None = None) -> None: ...
    async def rmtree(missing_ok: bool = False, *, request_timeout: float | None = None) -> None: ...
    async def stat(*, request_timeout: float | None = None) -> FileEntry: ...
    @property
    def stem() -> str: ...
    @property
    def suffix() -> str: ...
    @property
    def suffixes() -> list[str]: ...
    async def touch(
        mode: int | None = None, exist_ok: bool = True, *, request_timeout: float | None = None
    ) -> None: ...
    async def unlink(missing_ok: bool = False, *, request_timeout: float | None = None) -> None: ...
    async def walk(
        on_error: Callable[[CognitoraError], object] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[tuple[Self, list[str], list[str]]]: ...
    def with_name(name: str) -> Self: ...
    def with_stem(stem: str) -> Self: ...
    def with_suffix(suffix: str) -> Self: ...
    async def write_bytes(
        data: bytes, *, mode: int | None = None, request_timeout: float | None = None
    ) -> int: ...
    async def write_text(
        data: str,
        encoding: str = "utf-8",
        *,
        mode: int | None = None,
        request_timeout: float | None = None,
    ) -> int: ...

class AsyncTransport(Protocol):
    async def close() -> None: ...
    async def open(request: Request, deadline: Deadline) -> AsyncTransportResponse: ...

class AsyncTransportResponse(Protocol):
    def __aiter__() -> AsyncIterator[bytes]: ...
    async def close() -> None: ...
    headers: Headers
    status: int

class AuthenticationError(APIError): ...
class BadRequestError(APIError): ...

class CodeInterpreter(SessionFiles):
    def __init__(client: BaseClient) -> None: ...
    def attach(session_id: str, *, request_timeout: float | None = None) -> InterpreterSession: ...
    def change_file(
        session_id: str,
        path: InnerPath,
        mode: int | None = None,
        owner: str | None = None,
        modified: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def create_session(
        language: Language | str | None = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        networking: bool | None = None,
        egress: Sequence[str] | None = None,
        image: None = None,
        request_timeout: float | None = None,
    ) -> Session: ...
    def delete_session(session_id: str, *, request_timeout: float | None = None) -> bool: ...
    def download(
        session_id: str,
        path: InnerPath,
        target: None = None,
        *,
        request_timeout: float | None = None,
    ) -> bytes: ...
    def download(
        session_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...
    def download(
        session_id: str, path: InnerPath, target: W, *, request_timeout: float | None = None
    ) -> W: ...
    def download_folder(
        session_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        request_timeout: float | None = None,
    ) -> Path: ...
    def execute(
        code: str | ExecuteCodeRequest,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def expose_port(
        session_id: str, port: int, *, request_timeout: float | None = None
    ) -> ExposedPort: ...
    def get_egress(session_id: str, *, request_timeout: float | None = None) -> EgressStatus: ...
    def get_execution(
        execution_id: str, *, request_timeout: float | None = None
    ) -> InterpreterExecution: ...
    def get_session(session_id: str, *, request_timeout: float | None = None) -> SessionDetails: ...
    def get_session_executions(
        session_id: str,
        limit: int = 50,
        offset: int = 0,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]: ...
    def get_session_logs(
        session_id: str, limit: int = 50, offset: int = 0, *, request_timeout: float | None = None
    ) -> list[SessionLogEntry]: ...
    def iter_all_executions(
        status: str | None = None,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[InterpreterExecution]: ...
    def iter_files(
        session_id: str, path: InnerPath, depth: int = 1, *, request_timeout: float | None = None
    ) -> Generator[FileEntry]: ...
    def iter_ports(
        session_id: str, *, request_timeout: float | None = None
    ) -> Generator[ExposedPort]: ...
    def iter_session_executions(
        session_id: str,
        *,
        outputs: bool | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[InterpreterExecution]: ...
    def iter_session_logs(
        session_id: str, *, page_size: int = 50, request_timeout: float | None = None
    ) -> Generator[SessionLogEntry]: ...
    def iter_sessions(
        *, metadata: Mapping[str, str] | None = None, request_timeout: float | None = None
    ) -> Generator[Session]: ...
    def list_all_executions(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]: ...
    def list_files(
        session_id: str, path: InnerPath, depth: int = 1, *, request_timeout: float | None = None
    ) -> list[FileEntry]: ...
    def list_ports(
        session_id: str, *, request_timeout: float | None = None
    ) -> list[ExposedPort]: ...
    def list_sessions(
        *, metadata: Mapping[str, str] | None = None, request_timeout: float | None = None
    ) -> list[Session]: ...
    def make_folder(
        session_id: str,
        path: InnerPath,
        mode: int | None = None,
        exclusive: bool | None = False,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def map(
        items: Iterable[str | ExecuteCodeRequest],
        *,
        language: Language | str | None = None,
        concurrency: int = 8,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Generator[ExecuteCodeResponse | CognitoraError]: ...
    def move_file(
        session_id: str,
        source: InnerPath,
        target: InnerPath,
        replace: bool | None = False,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def path(session_id: str, path: InnerPath) -> SandboxPath: ...
    def remove_file(
        session_id: str,
        path: InnerPath,
        recursive: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> bool: ...
    def run_bash(
        command: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_javascript(
        code: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_python(
        code: str,
        session_id: str | None = None,
        *,
        files: Files | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_with_files(
        code: str,
        files: Files,
        language: Language | str | None = None,
        session_id: str | None = None,
        *,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def session(
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        image: None = None,
        networking: bool | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> InterpreterSession: ...
    def set_egress(
        session_id: str, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    def stat_file(
        session_id: str, path: InnerPath, *, request_timeout: float | None = None
    ) -> FileEntry: ...
    def stream(
        code: str,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Files | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecutionStream: ...
    def unexpose_port(
        session_id: str, port: int, *, request_timeout: float | None = None
    ) -> bool: ...
    def update_session(
        session_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session: ...
    def upload(
        session_id: str,
        source: Source,
        path: InnerPath,
        *,
        mode: int | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    def upload_folder(
        session_id: str,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        request_timeout: float | None = None,
    ) -> None: ...

class Cognitora(Block):
    async def __aenter__() -> NoReturn: ...
    async def __aexit__(*exception: object) -> None: ...
    def __enter__() -> Self: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        *,
        transport: Transport | None = None,
    ) -> None: ...
    @property
    def api() -> AuthenticatedClient: ...
    @property
    def base_url() -> str: ...
    def close() -> None: ...
    code_interpreter: CodeInterpreter
    containers: Containers
    def features(*, request_timeout: float | None = None) -> frozenset[str]: ...
    @classmethod
    def local(
        *,
        data_dir: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        timeout: float | None = None,
        images: Mapping[str, str] | None = None,
        engine: str | None = None,
        container_store: str | PathLike[str] | None = None,
        engine_image: str | None = None,
    ) -> Self: ...
    processes: Processes
    @property
    def timeout() -> float: ...

class CognitoraAsync(AsyncBlock):
    async def __aenter__() -> Self: ...
    async def __aexit__(*exception: object) -> None: ...
    def __enter__() -> NoReturn: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        *,
        transport: AsyncTransport | None = None,
    ) -> None: ...
    @property
    def api() -> AuthenticatedClient: ...
    @property
    def base_url() -> str: ...
    async def close() -> None: ...
    code_interpreter: AsyncCodeInterpreter
    containers: AsyncContainers
    async def features(*, request_timeout: float | None = None) -> frozenset[str]: ...
    @classmethod
    def local(
        *,
        data_dir: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        timeout: float | None = None,
        images: Mapping[str, str] | None = None,
        engine: str | None = None,
        container_store: str | PathLike[str] | None = None,
        engine_image: str | None = None,
    ) -> Self: ...
    processes: AsyncProcesses
    @property
    def timeout() -> float: ...

class CognitoraError(Exception):
    def __init__(
        message: str = "",
        status_code: int = 0,
        response_data: Any = None,
        *,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        operation: str | None = None,
        attempts: int = 0,
        is_retryable: bool = False,
        may_have_run: bool = False,
        last: Any = None,
    ) -> None: ...
    attempts = ...
    code = ...
    is_retryable = ...
    last = ...
    may_have_run = ...
    message = ...
    operation = ...
    request_id = ...
    response_data = ...
    retry_after = ...
    status_code = ...

class CollectedGarbage(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    containers: int
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    networks: int
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...
    volumes: int

class ComputeExecutionRequest(Discreet):
    command: list[str] | None
    cpu_cores: float
    egress: list[str] | Unset
    environment: Environment | Unset
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    gpu_count: int | Unset
    image: str
    max_cost_credits: int
    memory_mb: int
    metadata: Metadata | Unset
    networking: bool | Unset
    persistent: bool | Unset
    storage_gb: float | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class ConflictError(APIError): ...

class Container(NetworkHandle[Execution]):
    async def __aenter__() -> NoReturn: ...
    async def __aexit__(*exception: object) -> None: ...
    def __enter__() -> Self: ...
    def __exit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __init__(containers: ContainerLogs, make: Callable[[], Execution]) -> None: ...
    def close() -> None: ...
    def download(
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...
    def download(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    def download(
        path: InnerPath, target: W, *, user: str | None = None, request_timeout: float | None = None
    ) -> W: ...
    def download_folder(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    def egress(*, request_timeout: float | None = None) -> EgressStatus: ...
    def expose(port: int, *, request_timeout: float | None = None) -> ExposedPort: ...
    def follow_logs(
        *, timeout: float | None = None, request_timeout: float | None = None
    ) -> Generator[str]: ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    def logs(*, request_timeout: float | None = None) -> str: ...
    def open() -> Self: ...
    def path(path: InnerPath, *, user: str | None = None) -> SandboxPath: ...
    def ports(*, request_timeout: float | None = None) -> list[ExposedPort]: ...
    def refresh(*, request_timeout: float | None = None) -> Info: ...
    def run(
        command: Sequence[InnerPath],
        *,
        files: Files | None = None,
        timeout_seconds: int | None = None,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        stdin: bytes | str | None = None,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    def set_egress(
        egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    def start(
        command: Sequence[InnerPath],
        *,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        request_timeout: float | None = None,
    ) -> Process: ...
    def unexpose(port: int, *, request_timeout: float | None = None) -> None: ...
    def update(
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    def upload(
        source: Source,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    def upload_folder(
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...

class ContainerExecRequest(Discreet):
    command: list[str]
    environment: Environment | Unset
    files: list[FileUpload] | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    stdin: StandardInput | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...
    user: str | Unset
    working_directory: str | Unset

class ContainerExecResponse(container_exec_response.ContainerExecResponse, CommandOutcome):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    @property
    def stderr_bytes() -> bytes: ...
    @property
    def stdout_bytes() -> bytes: ...
    def values() -> list[Any]: ...

class ContainerExecution(container_execution.ContainerExecution, CommandOutcome):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    def values() -> list[Any]: ...

class Containers(ContainerWaiting):
    def __init__(client: BaseClient) -> None: ...
    def attach(container_id: str, *, request_timeout: float | None = None) -> Container: ...
    def cancel_container(container_id: str, *, request_timeout: float | None = None) -> bool: ...
    def change_file(
        container_id: str,
        path: InnerPath,
        mode: int | None = None,
        owner: str | None = None,
        user: str | None = None,
        modified: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def collect_garbage(*, request_timeout: float | None = None) -> CollectedGarbage: ...
    def container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[InnerPath] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Container: ...
    def create_container(
        image: ComputeExecutionRequest | PersistentContainerRequest,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    def create_container(
        image: str,
        command: Sequence[InnerPath] | None,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        networking: bool | None = None,
        *,
        persistent: bool | None = False,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution: ...
    def create_persistent_container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[InnerPath] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> Execution: ...
    def download(
        container_id: str,
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...
    def download(
        container_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    def download(
        container_id: str,
        path: InnerPath,
        target: W,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> W: ...
    def download_folder(
        container_id: str,
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    def estimate_cost(
        cpu_cores: float,
        memory_mb: int,
        storage_gb: float = 5,
        gpu_count: int = 0,
        timeout_seconds: int = 300,
        *,
        request_timeout: float | None = None,
    ) -> CostEstimate: ...
    def execute_in_container(
        container_id: str,
        command: Sequence[InnerPath],
        files: Files | None = None,
        timeout_seconds: int | None = None,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        user: str | None = None,
        stdin: bytes | str | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    def expose_port(
        container_id: str, port: int, *, request_timeout: float | None = None
    ) -> ExposedPort: ...
    def follow_logs(
        container_id: str, *, timeout: float | None = None, request_timeout: float | None = None
    ) -> Generator[str]: ...
    def get_container(container_id: str, *, request_timeout: float | None = None) -> Execution: ...
    def get_container_execution(
        execution_id: str, *, request_timeout: float | None = None
    ) -> ContainerExecution: ...
    def get_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> list[ContainerExecution]: ...
    def get_container_logs(container_id: str, *, request_timeout: float | None = None) -> str: ...
    def get_egress(container_id: str, *, request_timeout: float | None = None) -> EgressStatus: ...
    def iter_all_container_executions(
        status: str | None = None, *, page_size: int = 50, request_timeout: float | None = None
    ) -> Generator[ContainerExecution]: ...
    def iter_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> Generator[ContainerExecution]: ...
    def iter_containers(
        status: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        page_size: int = 50,
        request_timeout: float | None = None,
    ) -> Generator[Execution]: ...
    def iter_files(
        container_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Generator[FileEntry]: ...
    def iter_ports(
        container_id: str, *, request_timeout: float | None = None
    ) -> Generator[ExposedPort]: ...
    def list_all_container_executions(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> list[ContainerExecution]: ...
    def list_containers(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        request_timeout: float | None = None,
    ) -> list[Execution]: ...
    def list_files(
        container_id: str,
        path: InnerPath,
        depth: int = 1,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> list[FileEntry]: ...
    def list_ports(
        container_id: str, *, request_timeout: float | None = None
    ) -> list[ExposedPort]: ...
    def make_folder(
        container_id: str,
        path: InnerPath,
        mode: int | None = None,
        exclusive: bool | None = False,
        user: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def move_file(
        container_id: str,
        source: InnerPath,
        target: InnerPath,
        replace: bool | None = False,
        user: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def path(container_id: str, path: InnerPath, *, user: str | None = None) -> SandboxPath: ...
    def remove_file(
        container_id: str,
        path: InnerPath,
        recursive: bool = False,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bool: ...
    def run_and_wait(
        image: str,
        command: Sequence[InnerPath],
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        *,
        networking: bool | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        egress: Sequence[str] | None = None,
        poll_interval: float = 5,
        cancel_on_failure: bool = True,
        request_timeout: float | None = None,
    ) -> RunResult: ...
    def set_egress(
        container_id: str, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    def stat_file(
        container_id: str,
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> FileEntry: ...
    def unexpose_port(
        container_id: str, port: int, *, request_timeout: float | None = None
    ) -> bool: ...
    def update_container(
        container_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    def upload(
        container_id: str,
        source: Source,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    def upload_files(
        container_id: str, files: Files, *, request_timeout: float | None = None
    ) -> ContainerExecResponse: ...
    def upload_folder(
        container_id: str,
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    def wait_for_completion(
        container_id: str,
        timeout_seconds: float = 300,
        poll_interval: float = 5,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...

class ContainerUpdateRequest(Discreet):
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class ContainerUpdateResponse(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    expires_at: datetime.datetime | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    id: str
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    status: ContainerStatus | None | str
    timeout_seconds: int | None
    def to_dict() -> dict[str, Any]: ...
    updated_at: datetime.datetime | None
    def values() -> list[Any]: ...

class CostEstimate(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    estimated_credits: float
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class CostEstimateRequest(Discreet):
    cpu_cores: float
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    gpu_count: int
    memory_mb: int
    storage_gb: float
    timeout_seconds: int
    def to_dict() -> dict[str, Any]: ...

class CreateSessionRequest(Discreet):
    egress: list[str] | Unset
    environment: Environment | Unset
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    language: Language | Unset
    metadata: Metadata | Unset
    networking: bool | Unset
    resources: SessionResourcesRequest | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class Deadline:
    def __init__(seconds: float, clock: Callable[[], float] = time.monotonic) -> None: ...
    at = ...
    clock = ...
    def expire() -> None: ...
    def left() -> float: ...
    def over() -> APITimeoutError: ...
    def remaining() -> float: ...
    def renew() -> None: ...
    seconds = ...
    def shared() -> Generator[None]: ...
    def unanswered(server: str) -> str: ...

class EgressStatus(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    egress: list[str] | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    refused: list[RefusedConnection]
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class Environment(Discreet):
    def __contains__(key: str) -> bool: ...
    def __getitem__(key: str) -> str: ...
    @property
    def additional_keys() -> list[str]: ...
    additional_properties: dict[str, str]
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def to_dict() -> dict[str, Any]: ...

class ExecuteCodeData(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    created_at: datetime.datetime | None
    execution_id: None | str
    execution_time_ms: float | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    outputs: list[ExecuteCodeOutput]
    session_id: None | str
    status: ExecutionStatus | str
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class ExecuteCodeOutput(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    data: Any
    display_id: None | str
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    metadata: Any
    mime_bundle: Any
    timestamp: datetime.datetime | None
    def to_dict() -> dict[str, Any]: ...
    type: OutputType | str
    def values() -> list[Any]: ...

class ExecuteCodeRequest(Discreet):
    code: str
    egress: list[str] | Unset
    environment: Environment | Unset
    files: list[FileUpload] | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    language: Language | Unset
    networking: bool | Unset
    session_id: str | Unset
    stdin: StandardInput | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class ExecuteCodeResponse(CodeOutcome, execute_code_response.ExecuteCodeResponse):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    @property
    def error() -> str | None: ...
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    @property
    def images() -> list[Image]: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    def save(directory: str | PathLike[str]) -> list[Path]: ...
    @property
    def stderr() -> str: ...
    @property
    def stdout() -> str: ...
    @property
    def text() -> str: ...
    def values() -> list[Any]: ...

class Execution(execution.Execution, ContainerOutcome):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    def values() -> list[Any]: ...

class ExecutionError(CognitoraError):
    def __init__(message: str = "", *, result: Failed | None = None, **facts: Any) -> None: ...
    result = ...

class ExecutionResources(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    cpu_cores: float | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    gpu_count: int | None
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    memory_mb: float | None
    storage_gb: float | None
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class ExecutionStream:
    def __enter__() -> Self: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        client: BaseClient, request: ExecuteCodeRequest, request_timeout: float | None
    ) -> None: ...
    def __iter__() -> Self: ...
    def __next__() -> ExecuteCodeOutput: ...
    def close() -> None: ...
    @property
    def received() -> list[ExecuteCodeOutput]: ...
    @property
    def result() -> ExecuteCodeResponse: ...

class ExposedPort(exposed_port.ExposedPort):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def socket_address() -> tuple[str, int]: ...
    def values() -> list[Any]: ...

class FileEntry(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    gid: int | None
    group: None | str
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    mode: int | None
    modified: datetime.datetime | None
    owner: None | str
    path: str
    size: int | None
    target: None | str
    def to_dict() -> dict[str, Any]: ...
    type: str
    uid: int | None
    def values() -> list[Any]: ...

class FileTooLargeError(CognitoraError): ...

class FileUpload(Discreet):
    content: str
    encoding: FileEncoding | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    name: str
    def to_dict() -> dict[str, Any]: ...

class Headers(Mapping[str, str]):
    def __contains__(name: object) -> bool: ...
    def __getitem__(name: str) -> str: ...
    def __init__(pairs: Iterable[tuple[str, str]]) -> None: ...
    def __iter__() -> Iterator[str]: ...
    def __len__() -> int: ...

class Image:
    def __init__(media_type: str, data: bytes) -> None: ...
    data: bytes
    media_type: str
    def save(path: str | PathLike[str]) -> Path: ...
    @property
    def suffix() -> str: ...

class InterpreterExecution(CodeOutcome, interpreter_execution.InterpreterExecution):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    @property
    def error() -> str | None: ...
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    @property
    def images() -> list[Image]: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    def save(directory: str | PathLike[str]) -> list[Path]: ...
    @property
    def stderr() -> str: ...
    @property
    def stdout() -> str: ...
    @property
    def text() -> str: ...
    def values() -> list[Any]: ...

class InterpreterSession(NetworkHandle[Session]):
    async def __aenter__() -> NoReturn: ...
    async def __aexit__(*exception: object) -> None: ...
    def __enter__() -> Self: ...
    def __exit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __init__(interpreter: SessionFiles, make: Callable[[], Session], language: str) -> None: ...
    def close() -> None: ...
    def download(
        path: InnerPath,
        target: None = None,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> bytes: ...
    def download(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    def download(
        path: InnerPath, target: W, *, user: str | None = None, request_timeout: float | None = None
    ) -> W: ...
    def download_folder(
        path: InnerPath,
        target: str | PathLike[str],
        *,
        outside_links: bool = False,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> Path: ...
    def egress(*, request_timeout: float | None = None) -> EgressStatus: ...
    execute = ...
    def expose(port: int, *, request_timeout: float | None = None) -> ExposedPort: ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    def open() -> Self: ...
    def path(path: InnerPath, *, user: str | None = None) -> SandboxPath: ...
    def ports(*, request_timeout: float | None = None) -> list[ExposedPort]: ...
    def refresh(*, request_timeout: float | None = None) -> Info: ...
    def run(
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_python(
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    @property
    def session_id() -> str: ...
    def set_egress(
        egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus: ...
    def start(
        command: Sequence[InnerPath],
        *,
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        request_timeout: float | None = None,
    ) -> Process: ...
    def stream(
        code: str,
        *,
        files: Files | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        stdin: bytes | str | None = None,
        egress: Sequence[str] | None = None,
        request_timeout: float | None = None,
    ) -> ExecutionStream: ...
    def unexpose(port: int, *, request_timeout: float | None = None) -> None: ...
    def update(
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session: ...
    def upload(
        source: Source,
        path: InnerPath,
        *,
        mode: int | None = None,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...
    def upload_folder(
        source: str | PathLike[str],
        path: InnerPath,
        *,
        user: str | None = None,
        request_timeout: float | None = None,
    ) -> None: ...

class InvalidRequestError(CognitoraError, ValueError): ...
class InvalidResponseError(CognitoraError): ...

def load_ipython_extension(shell: Any) -> None: ...

class NotFoundError(APIError): ...

class OutputPiece:
    def __init__(stream: str, data: bytes, text: str) -> None: ...
    data: bytes
    stream: str
    text: str

class PaymentRequiredError(APIError): ...
class PermissionDeniedError(APIError): ...

PersistentContainer = ...

class PersistentContainerRequest(Discreet):
    command: list[str] | None | Unset
    cpu_cores: float
    egress: list[str] | Unset
    environment: Environment | Unset
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    gpu_count: int | Unset
    image: str
    max_cost_credits: int
    memory_mb: int
    metadata: Metadata | Unset
    networking: bool | Unset
    persistent: bool
    storage_gb: float | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class Process:
    def __init__(
        processes: ProcessesOperations, info: ProcessInfo, *, stdin: bool = True
    ) -> None: ...
    def __iter__() -> Generator[OutputPiece]: ...
    def close_stdin(*, request_timeout: float | None = None) -> None: ...
    def communicate(
        data: bytes | str = b"",
        *,
        on_stdout: Callable[[str], object] | None = None,
        on_stderr: Callable[[str], object] | None = None,
        timeout: float | None = None,
    ) -> ProcessResult: ...
    @property
    def exit_code() -> int | None: ...
    @property
    def id() -> str: ...
    @property
    def info() -> ProcessInfo: ...
    def kill(*, request_timeout: float | None = None) -> None: ...
    def output(offset: int = 0, *, timeout: float | None = None) -> Generator[OutputPiece]: ...
    def poll(*, request_timeout: float | None = None) -> int | None: ...
    def refresh(*, request_timeout: float | None = None) -> ProcessInfo: ...
    def resize(rows: int, columns: int, *, request_timeout: float | None = None) -> None: ...
    def signal(signal: int | str, *, request_timeout: float | None = None) -> None: ...
    def wait(
        timeout: float | None = None, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    def write(data: bytes | str, *, timeout: float | None = None) -> None: ...

class Processes(ProcessesOperations):
    def __init__(client: BaseClient) -> None: ...
    def attach(process_id: str, *, request_timeout: float | None = None) -> Process: ...
    def get_process(process_id: str, *, request_timeout: float | None = None) -> ProcessInfo: ...
    def get_process_output(
        process_id: str, offset: int = 0, *, request_timeout: float | None = None
    ) -> ProcessOutput: ...
    def iter_container_processes(
        container_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> Generator[ProcessInfo]: ...
    def iter_session_processes(
        session_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> Generator[ProcessInfo]: ...
    def list_container_processes(
        container_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> list[ProcessInfo]: ...
    def list_session_processes(
        session_id: str, limit: int = 50, *, request_timeout: float | None = None
    ) -> list[ProcessInfo]: ...
    def resize_process(
        process_id: str, rows: int, columns: int, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    def signal_process(
        process_id: str, signal: int | str, *, request_timeout: float | None = None
    ) -> ProcessInfo: ...
    def start_container_process(
        container_id: str,
        command: Sequence[InnerPath],
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        timeout_seconds: int | None = None,
        stdin: bool | None = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ProcessInfo: ...
    def start_session_process(
        session_id: str,
        command: Sequence[InnerPath],
        working_directory: InnerPath | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_seconds: int | None = None,
        stdin: bool | None = True,
        terminal: tuple[int, int] | TerminalSize | None = None,
        *,
        user: None = None,
        request_timeout: float | None = None,
    ) -> ProcessInfo: ...

class ProcessInfo(process_info.ProcessInfo, ContainerOutcome):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    def values() -> list[Any]: ...

class ProcessOutput(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    ended: bool
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    next_offset: int
    pieces: list[ProcessOutputPiece]
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class ProcessOutputPiece(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    data: str
    encoding: FileEncoding | None | str
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    offset: int
    stream: OutputStream | str
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class ProcessResult:
    def __init__(info: ProcessInfo, pieces: Sequence[OutputPiece]) -> None: ...
    @property
    def exit_code() -> int | None: ...
    info: ProcessInfo
    @property
    def ok() -> bool: ...
    @property
    def output() -> str: ...
    pieces: Sequence[OutputPiece]
    def raise_for_error() -> Self: ...
    @property
    def stderr() -> str: ...
    @property
    def stderr_bytes() -> bytes: ...
    @property
    def stdout() -> str: ...
    @property
    def stdout_bytes() -> bytes: ...

class RateLimitError(APIError): ...

class RefusedConnection(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    port: int | None
    protocol: str
    target: None | str
    times: int | None
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class Request:
    def __init__(method: str, url: str, headers: Mapping[str, str], body: Body = b"") -> None: ...
    body: Body
    headers: Mapping[str, str]
    method: str
    url: str

class RunResult:
    def __contains__(name: object) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __init__(execution: Execution, logs: str) -> None: ...
    execution: Execution
    def keys() -> tuple[str, str]: ...
    logs: str
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...
    def to_dict() -> dict[str, Any]: ...

class SandboxPath(SandboxFolder):
    def __init__(files: Any, id: str, path: InnerPath, user: str | None = None) -> None: ...
    @property
    def anchor() -> str: ...
    def as_posix() -> str: ...
    def chmod(mode: int, *, request_timeout: float | None = None) -> None: ...
    def exists(*, request_timeout: float | None = None) -> bool: ...
    def glob(pattern: str, *, request_timeout: float | None = None) -> Generator[Self]: ...
    def group(*, request_timeout: float | None = None) -> str | None: ...
    def is_absolute() -> bool: ...
    def is_dir(*, request_timeout: float | None = None) -> bool: ...
    def is_file(*, request_timeout: float | None = None) -> bool: ...
    def is_relative_to(other: InnerPath) -> bool: ...
    def is_symlink(*, request_timeout: float | None = None) -> bool: ...
    def iterdir(*, request_timeout: float | None = None) -> Generator[Self]: ...
    def joinpath(*parts: InnerPath) -> Self: ...
    def match(pattern: str) -> bool: ...
    def mkdir(
        mode: int | None = None,
        parents: bool = False,
        exist_ok: bool = False,
        *,
        request_timeout: float | None = None,
    ) -> None: ...
    @property
    def name() -> str: ...
    def open(
        mode: str = "r",
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> SandboxFile: ...
    def owner(*, request_timeout: float | None = None) -> str | None: ...
    @property
    def parent() -> Self: ...
    @property
    def parents() -> tuple[Self, ...]: ...
    @property
    def parts() -> tuple[str, ...]: ...
    def read_bytes(
        *, max_bytes: int | None = None, request_timeout: float | None = None
    ) -> bytes: ...
    def read_text(
        encoding: str = "utf-8",
        errors: str = "strict",
        *,
        max_bytes: int | None = None,
        request_timeout: float | None = None,
    ) -> str: ...
    def readlink(*, request_timeout: float | None = None) -> PurePosixPath: ...
    def relative_to(other: InnerPath) -> Self: ...
    def rename(target: InnerPath, *, request_timeout: float | None = None) -> Self: ...
    def replace(target: InnerPath, *, request_timeout: float | None = None) -> Self: ...
    def rglob(pattern: str, *, request_timeout: float | None = None) -> Generator[Self]: ...
    def rmdir(*, request_timeout: float | None = None) -> None: ...
    def rmtree(missing_ok: bool = False, *, request_timeout: float | None = None) -> None: ...
    def stat(*, request_timeout: float | None = None) -> FileEntry: ...
    @property
    def stem() -> str: ...
    @property
    def suffix() -> str: ...
    @property
    def suffixes() -> list[str]: ...
    def touch(
        mode: int | None = None, exist_ok: bool = True, *, request_timeout: float | None = None
    ) -> None: ...
    def unlink(missing_ok: bool = False, *, request_timeout: float | None = None) -> None: ...
    def walk(
        on_error: Callable[[CognitoraError], object] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Generator[tuple[Self, list[str], list[str]]]: ...
    def with_name(name: str) -> Self: ...
    def with_stem(stem: str) -> Self: ...
    def with_suffix(suffix: str) -> Self: ...
    def write_bytes(
        data: bytes, *, mode: int | None = None, request_timeout: float | None = None
    ) -> int: ...
    def write_text(
        data: str,
        encoding: str = "utf-8",
        *,
        mode: int | None = None,
        request_timeout: float | None = None,
    ) -> int: ...

class ServerError(APIError): ...

class Session(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    created_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    language: Language | None | str
    metadata: dict[str, Any] | None
    resources: None | SessionResources
    session_id: str
    status: SessionStatus | str
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class SessionDetails(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    created_at: datetime.datetime | None
    executions: list[InterpreterExecution] | None
    expires_at: datetime.datetime | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    language: Language | None | str
    next: None | str
    resources: None | SessionResources
    session_id: str
    status: SessionStatus | str
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class SessionLogEntry(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    execution_id: None | str
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    message: None | str
    timestamp: datetime.datetime | None
    def to_dict() -> dict[str, Any]: ...
    type: None | OutputType | str
    def values() -> list[Any]: ...

class SessionResources(ResponseModel):
    def __contains__(name: str) -> bool: ...
    def __getitem__(name: str) -> Any: ...
    def __iter__() -> Iterator[str]: ...
    additional_properties: dict[str, Any]
    cpu_cores: float | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def get(name: str, default: Any = None) -> Any: ...
    def items() -> list[tuple[str, Any]]: ...
    def keys() -> list[str]: ...
    memory_mb: float | None
    storage_gb: float | None
    def to_dict() -> dict[str, Any]: ...
    def values() -> list[Any]: ...

class SessionResourcesRequest(Discreet):
    cpu_cores: float | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    memory_mb: int | Unset
    storage_gb: float | Unset
    def to_dict() -> dict[str, Any]: ...

class StreamTruncatedError(CognitoraError):
    def __init__(message: str = "", *, received: Any = None, **facts: Any) -> None: ...
    received = ...

class TerminalSize(Discreet):
    columns: int
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    rows: int
    def to_dict() -> dict[str, Any]: ...

class Transport(Protocol):
    def close() -> None: ...
    def open(request: Request, deadline: Deadline) -> TransportResponse: ...

class TransportResponse(Protocol):
    def __iter__() -> Iterator[bytes]: ...
    def close() -> None: ...
    headers: Headers
    status: int

def unload_ipython_extension(shell: Any) -> None: ...

class UnsupportedError(CognitoraError): ...
class WaitTimeoutError(CognitoraError, TimeoutError): ...
