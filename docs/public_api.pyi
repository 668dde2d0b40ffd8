# What `import cognitora` promises: each public name, what it takes and gives. To be read, not imported.
# A class has its own members here, and those of its bases that have no entry. Written by `make generate`.

__version__ = ...

class Answer(Protocol):
    def __iter__() -> Iterator[bytes]: ...
    def close() -> None: ...
    headers: Headers
    status: int

class APIConnectionError(CognitoraError): ...
class APIError(CognitoraError): ...
class APITimeoutError(APIConnectionError): ...

class AsyncAnswer(Protocol):
    def __aiter__() -> AsyncIterator[bytes]: ...
    async def close() -> None: ...
    headers: Headers
    status: int

class AsyncCodeInterpreter(AsyncSessionFiles):
    def __init__(client: AsyncBaseClient) -> None: ...
    async def create_session(
        language: Language | str | None = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session: ...
    async def delete_session(session_id: str, *, request_timeout: float | None = None) -> bool: ...
    async def download(
        session_id: str, path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    async def download(
        session_id: str,
        path: str,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def download(
        session_id: str, path: str, target: W, *, request_timeout: float | None = None
    ) -> W: ...
    async def execute(
        code: str | ExecuteCodeRequest,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
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
    async def iter_sessions(*, request_timeout: float | None = None) -> AsyncGenerator[Session]: ...
    async def list_all_executions(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]: ...
    async def list_sessions(*, request_timeout: float | None = None) -> list[Session]: ...
    def map(
        items: Iterable[str | ExecuteCodeRequest],
        *,
        language: Language | str | None = None,
        concurrency: int = 8,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> AsyncGenerator[ExecuteCodeResponse | CognitoraError]: ...
    async def run_bash(
        command: str,
        session_id: str | None = None,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_javascript(
        code: str,
        session_id: str | None = None,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_python(
        code: str,
        session_id: str | None = None,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_with_files(
        code: str,
        files: Sequence[FileUpload],
        language: Language | str | None = None,
        session_id: str | None = None,
        *,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def session(
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncInterpreterSession: ...
    def stream(
        code: str,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncExecutionStream: ...
    async def upload(
        session_id: str, source: AsyncSource, path: str, *, request_timeout: float | None = None
    ) -> None: ...

class AsyncContainer(AsyncHandle[Execution]):
    async def __aenter__() -> Self: ...
    async def __aexit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __enter__() -> NoReturn: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        containers: AsyncContainers, make: Callable[[], Coroutine[Any, Any, Execution]]
    ) -> None: ...
    async def close() -> None: ...
    async def download(
        path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    async def download(
        path: str, target: str | PathLike[str], *, request_timeout: float | None = None
    ) -> Path: ...
    async def download(path: str, target: W, *, request_timeout: float | None = None) -> W: ...
    def follow_logs(*, request_timeout: float | None = None) -> AsyncGenerator[str]: ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    async def logs(*, request_timeout: float | None = None) -> str: ...
    async def run(
        command: Sequence[str],
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    async def start() -> Self: ...
    async def update(
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    async def upload(
        source: AsyncSource, path: str, *, request_timeout: float | None = None
    ) -> None: ...

class AsyncContainers(AsyncContainerFiles, AsyncContainerWaiting):
    def __init__(client: AsyncBaseClient) -> None: ...
    async def cancel_container(
        container_id: str, *, request_timeout: float | None = None
    ) -> bool: ...
    async def collect_garbage(*, request_timeout: float | None = None) -> CollectedGarbage: ...
    def container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[str] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> AsyncContainer: ...
    async def create_container(
        image: ComputeExecutionRequest | PersistentContainerRequest,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def create_container(
        image: str,
        command: Sequence[str] | None,
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
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def create_persistent_container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[str] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    async def download(
        container_id: str, path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    async def download(
        container_id: str,
        path: str,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...
    async def download(
        container_id: str, path: str, target: W, *, request_timeout: float | None = None
    ) -> W: ...
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
        command: Sequence[str],
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    def follow_logs(
        container_id: str, *, request_timeout: float | None = None
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
    def iter_all_container_executions(
        status: str | None = None, *, page_size: int = 50, request_timeout: float | None = None
    ) -> AsyncGenerator[ContainerExecution]: ...
    def iter_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> AsyncGenerator[ContainerExecution]: ...
    def iter_containers(
        status: str | None = None, *, page_size: int = 50, request_timeout: float | None = None
    ) -> AsyncGenerator[Execution]: ...
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
        request_timeout: float | None = None,
    ) -> list[Execution]: ...
    async def run_and_wait(
        image: str,
        command: Sequence[str],
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
        poll_interval: float = 5,
        cancel_on_failure: bool = True,
        request_timeout: float | None = None,
    ) -> RunResult: ...
    async def update_container(
        container_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    async def upload(
        container_id: str, source: AsyncSource, path: str, *, request_timeout: float | None = None
    ) -> None: ...
    async def upload_files(
        container_id: str, files: Sequence[FileUpload], *, request_timeout: float | None = None
    ) -> ContainerExecResponse: ...
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

class AsyncInterpreterSession(AsyncHandle[Session]):
    async def __aenter__() -> Self: ...
    async def __aexit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __enter__() -> NoReturn: ...
    def __exit__(*exception: object) -> None: ...
    def __init__(
        interpreter: AsyncCodeInterpreter,
        make: Callable[[], Coroutine[Any, Any, Session]],
        language: str,
    ) -> None: ...
    async def close() -> None: ...
    async def download(
        path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    async def download(
        path: str, target: str | PathLike[str], *, request_timeout: float | None = None
    ) -> Path: ...
    async def download(path: str, target: W, *, request_timeout: float | None = None) -> W: ...
    execute = ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    async def run(
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    async def run_python(
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    @property
    def session_id() -> str: ...
    async def start() -> Self: ...
    def stream(
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> AsyncExecutionStream: ...
    async def upload(
        source: AsyncSource, path: str, *, request_timeout: float | None = None
    ) -> None: ...

class AsyncTransport(Protocol):
    async def close() -> None: ...
    async def open(request: Request, deadline: Deadline) -> AsyncAnswer: ...

class AuthenticationError(APIError): ...
class BadRequestError(APIError): ...

class CodeInterpreter(SessionFiles):
    def __init__(client: BaseClient) -> None: ...
    def create_session(
        language: Language | str | None = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Session: ...
    def delete_session(session_id: str, *, request_timeout: float | None = None) -> bool: ...
    def download(
        session_id: str, path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    def download(
        session_id: str,
        path: str,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...
    def download(
        session_id: str, path: str, target: W, *, request_timeout: float | None = None
    ) -> W: ...
    def execute(
        code: str | ExecuteCodeRequest,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
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
    def iter_sessions(*, request_timeout: float | None = None) -> Generator[Session]: ...
    def list_all_executions(
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
        *,
        outputs: bool | None = None,
        request_timeout: float | None = None,
    ) -> list[InterpreterExecution]: ...
    def list_sessions(*, request_timeout: float | None = None) -> list[Session]: ...
    def map(
        items: Iterable[str | ExecuteCodeRequest],
        *,
        language: Language | str | None = None,
        concurrency: int = 8,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> Generator[ExecuteCodeResponse | CognitoraError]: ...
    def run_bash(
        command: str,
        session_id: str | None = None,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_javascript(
        code: str,
        session_id: str | None = None,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_python(
        code: str,
        session_id: str | None = None,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_with_files(
        code: str,
        files: Sequence[FileUpload],
        language: Language | str | None = None,
        session_id: str | None = None,
        *,
        timeout_seconds: int = CODE_SECONDS,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def session(
        language: Language | str = "python",
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        resources: Mapping[str, float] | SessionResourcesRequest | None = None,
        *,
        request_timeout: float | None = None,
    ) -> InterpreterSession: ...
    def stream(
        code: str,
        language: Language | str | None = None,
        session_id: str | None = None,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ExecutionStream: ...
    def upload(
        session_id: str, source: Source, path: str, *, request_timeout: float | None = None
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
    @property
    def features() -> frozenset[str]: ...
    @classmethod
    def local(
        *,
        data_dir: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        timeout: float | None = None,
        images: Mapping[str, str] | None = None,
        engine: str | None = None,
        container_store: str | PathLike[str] | None = None,
    ) -> Self: ...
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
    @property
    def features() -> frozenset[str]: ...
    @classmethod
    def local(
        *,
        data_dir: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        timeout: float | None = None,
        images: Mapping[str, str] | None = None,
        engine: str | None = None,
        container_store: str | PathLike[str] | None = None,
    ) -> Self: ...
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

class CollectedGarbage(Answer):
    additional_properties: dict[str, Any]
    containers: int
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    networks: int
    def to_dict() -> dict[str, Any]: ...
    volumes: int

class ComputeExecutionRequest(Discreet):
    command: list[str] | None
    cpu_cores: float
    environment: Environment | Unset
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    gpu_count: int | Unset
    image: str
    max_cost_credits: int
    memory_mb: int
    networking: bool | Unset
    persistent: bool | Unset
    storage_gb: float | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class ConflictError(APIError): ...

class Container(Handle[Execution]):
    async def __aenter__() -> NoReturn: ...
    async def __aexit__(*exception: object) -> None: ...
    def __enter__() -> Self: ...
    def __exit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __init__(containers: Containers, make: Callable[[], Execution]) -> None: ...
    def close() -> None: ...
    def download(
        path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    def download(
        path: str, target: str | PathLike[str], *, request_timeout: float | None = None
    ) -> Path: ...
    def download(path: str, target: W, *, request_timeout: float | None = None) -> W: ...
    def follow_logs(*, request_timeout: float | None = None) -> Generator[str]: ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    def logs(*, request_timeout: float | None = None) -> str: ...
    def run(
        command: Sequence[str],
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    def start() -> Self: ...
    def update(
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    def upload(source: Source, path: str, *, request_timeout: float | None = None) -> None: ...

class ContainerExecRequest(Discreet):
    command: list[str]
    environment: Environment | Unset
    files: list[FileUpload] | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...
    working_directory: str | Unset

class ContainerExecResponse(container_exec_response.ContainerExecResponse, Ending):
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...

class ContainerExecution(container_execution.ContainerExecution, Ending):
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...

class Containers(ContainerFiles, ContainerWaiting):
    def __init__(client: BaseClient) -> None: ...
    def cancel_container(container_id: str, *, request_timeout: float | None = None) -> bool: ...
    def collect_garbage(*, request_timeout: float | None = None) -> CollectedGarbage: ...
    def container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[str] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Container: ...
    def create_container(
        image: ComputeExecutionRequest | PersistentContainerRequest,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    def create_container(
        image: str,
        command: Sequence[str] | None,
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
        request_timeout: float | None = None,
    ) -> Execution: ...
    def create_persistent_container(
        image: str,
        cpu_cores: float,
        memory_mb: int,
        max_cost_credits: int,
        command: Sequence[str] | None = None,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        environment: Mapping[str, str] | None = None,
        storage_gb: float | None = None,
        gpu_count: int | None = None,
        networking: bool | None = None,
        *,
        request_timeout: float | None = None,
    ) -> Execution: ...
    def download(
        container_id: str, path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    def download(
        container_id: str,
        path: str,
        target: str | PathLike[str],
        *,
        request_timeout: float | None = None,
    ) -> Path: ...
    def download(
        container_id: str, path: str, target: W, *, request_timeout: float | None = None
    ) -> W: ...
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
        command: Sequence[str],
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse: ...
    def follow_logs(
        container_id: str, *, request_timeout: float | None = None
    ) -> Generator[str]: ...
    def get_container(container_id: str, *, request_timeout: float | None = None) -> Execution: ...
    def get_container_execution(
        execution_id: str, *, request_timeout: float | None = None
    ) -> ContainerExecution: ...
    def get_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> list[ContainerExecution]: ...
    def get_container_logs(container_id: str, *, request_timeout: float | None = None) -> str: ...
    def iter_all_container_executions(
        status: str | None = None, *, page_size: int = 50, request_timeout: float | None = None
    ) -> Generator[ContainerExecution]: ...
    def iter_container_executions(
        container_id: str, *, request_timeout: float | None = None
    ) -> Generator[ContainerExecution]: ...
    def iter_containers(
        status: str | None = None, *, page_size: int = 50, request_timeout: float | None = None
    ) -> Generator[Execution]: ...
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
        request_timeout: float | None = None,
    ) -> list[Execution]: ...
    def run_and_wait(
        image: str,
        command: Sequence[str],
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
        poll_interval: float = 5,
        cancel_on_failure: bool = True,
        request_timeout: float | None = None,
    ) -> RunResult: ...
    def update_container(
        container_id: str,
        timeout_seconds: int | None = None,
        expires_at: datetime | str | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerUpdateResponse: ...
    def upload(
        container_id: str, source: Source, path: str, *, request_timeout: float | None = None
    ) -> None: ...
    def upload_files(
        container_id: str, files: Sequence[FileUpload], *, request_timeout: float | None = None
    ) -> ContainerExecResponse: ...
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

class ContainerUpdateResponse(Answer):
    additional_properties: dict[str, Any]
    expires_at: datetime.datetime | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    id: str
    status: ContainerStatus | None | str
    timeout_seconds: int | None
    def to_dict() -> dict[str, Any]: ...
    updated_at: datetime.datetime | None

class CostEstimate(Answer):
    additional_properties: dict[str, Any]
    estimated_credits: float
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    def to_dict() -> dict[str, Any]: ...

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
    environment: Environment | Unset
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    language: Language | Unset
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

class ExecuteCodeData(Answer):
    additional_properties: dict[str, Any]
    created_at: datetime.datetime | None
    execution_id: None | str
    execution_time_ms: float | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    outputs: list[ExecuteCodeOutput]
    session_id: None | str
    status: ExecutionStatus | str
    def to_dict() -> dict[str, Any]: ...

class ExecuteCodeOutput(Answer):
    additional_properties: dict[str, Any]
    data: Any
    display_id: None | str
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    metadata: Any
    mime_bundle: Any
    timestamp: datetime.datetime | None
    def to_dict() -> dict[str, Any]: ...
    type: OutputType | str

class ExecuteCodeRequest(Discreet):
    code: str
    environment: Environment | Unset
    files: list[FileUpload] | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    language: Language | Unset
    networking: bool | Unset
    session_id: str | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class ExecuteCodeResponse(Outcome, execute_code_response.ExecuteCodeResponse):
    @property
    def error() -> str | None: ...
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    @property
    def images() -> list[Image]: ...
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

class Execution(execution.Execution, Ending):
    @property
    def ok() -> bool: ...
    def raise_for_error() -> Self: ...

class ExecutionError(CognitoraError):
    def __init__(message: str = "", *, result: Failed | None = None, **facts: Any) -> None: ...
    result = ...

class ExecutionResources(Answer):
    additional_properties: dict[str, Any]
    cpu_cores: float | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    gpu_count: int | None
    memory_mb: float | None
    storage_gb: float | None
    def to_dict() -> dict[str, Any]: ...

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

class FileUpload(Discreet):
    content: str
    encoding: FileEncoding | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    name: str
    def to_dict() -> dict[str, Any]: ...

class Headers(Mapping[str, str]):
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

class InterpreterExecution(Outcome, interpreter_execution.InterpreterExecution):
    @property
    def error() -> str | None: ...
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    @property
    def images() -> list[Image]: ...
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

class InterpreterSession(Handle[Session]):
    async def __aenter__() -> NoReturn: ...
    async def __aexit__(*exception: object) -> None: ...
    def __enter__() -> Self: ...
    def __exit__(_: object, error: BaseException | None, __: object) -> None: ...
    def __init__(
        interpreter: CodeInterpreter, make: Callable[[], Session], language: str
    ) -> None: ...
    def close() -> None: ...
    def download(
        path: str, target: None = None, *, request_timeout: float | None = None
    ) -> bytes: ...
    def download(
        path: str, target: str | PathLike[str], *, request_timeout: float | None = None
    ) -> Path: ...
    def download(path: str, target: W, *, request_timeout: float | None = None) -> W: ...
    execute = ...
    @property
    def id() -> str: ...
    @property
    def info() -> Info: ...
    def run(
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    def run_python(
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecuteCodeResponse: ...
    @property
    def session_id() -> str: ...
    def start() -> Self: ...
    def stream(
        code: str,
        *,
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int = 60,
        environment: Mapping[str, str] | None = None,
        networking: bool | None = None,
        request_timeout: float | None = None,
    ) -> ExecutionStream: ...
    def upload(source: Source, path: str, *, request_timeout: float | None = None) -> None: ...

class InvalidRequestError(CognitoraError, ValueError): ...
class InvalidResponseError(CognitoraError): ...
class NotFoundError(APIError): ...
class PaymentRequiredError(APIError): ...
class PermissionDeniedError(APIError): ...

PersistentContainer = ...

class PersistentContainerRequest(Discreet):
    command: list[str] | None | Unset
    cpu_cores: float
    environment: Environment | Unset
    expires_at: datetime.datetime | Unset
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    gpu_count: int | Unset
    image: str
    max_cost_credits: int
    memory_mb: int
    networking: bool | Unset
    persistent: bool
    storage_gb: float | Unset
    timeout_seconds: int | Unset
    def to_dict() -> dict[str, Any]: ...

class RateLimitError(APIError): ...

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

class ServerError(APIError): ...

class Session(Answer):
    additional_properties: dict[str, Any]
    created_at: datetime.datetime | None
    expires_at: datetime.datetime | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    language: Language | None | str
    resources: None | SessionResources
    session_id: str
    status: SessionStatus | str
    def to_dict() -> dict[str, Any]: ...

class SessionDetails(Answer):
    additional_properties: dict[str, Any]
    created_at: datetime.datetime | None
    executions: list[InterpreterExecution] | None
    expires_at: datetime.datetime | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    language: Language | None | str
    next: None | str
    resources: None | SessionResources
    session_id: str
    status: SessionStatus | str
    def to_dict() -> dict[str, Any]: ...

class SessionLogEntry(Answer):
    additional_properties: dict[str, Any]
    execution_id: None | str
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    message: None | str
    timestamp: datetime.datetime | None
    def to_dict() -> dict[str, Any]: ...
    type: None | OutputType | str

class SessionResources(Answer):
    additional_properties: dict[str, Any]
    cpu_cores: float | None
    @classmethod
    def from_dict(src_dict: Mapping[str, Any]) -> Self: ...
    memory_mb: float | None
    storage_gb: float | None
    def to_dict() -> dict[str, Any]: ...

class StreamTruncatedError(CognitoraError):
    def __init__(message: str = "", *, received: Any = None, **facts: Any) -> None: ...
    received = ...

class Transport(Protocol):
    def close() -> None: ...
    def open(request: Request, deadline: Deadline) -> Answer: ...

class WaitTimeoutError(CognitoraError, TimeoutError): ...
