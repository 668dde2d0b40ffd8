"""Python SDK for Cognitora: runs code and containers in secure sandboxes.

from cognitora import Cognitora

with Cognitora() as client:
    print(client.code_interpreter.run_python("print('Hello')").stdout)
"""

# Written by `make generate` from scripts/generate/public.py: change that, not this.

from ._version import __version__

TYPE_CHECKING = False  # importing `typing` for it would take longer than all of this module

if TYPE_CHECKING:
    from cognitora_openapi.models import (
        CollectedGarbage,
        ComputeExecutionRequest,
        ContainerExecRequest,
        ContainerUpdateRequest,
        ContainerUpdateResponse,
        CostEstimate,
        CostEstimateRequest,
        CreateSessionRequest,
        EgressStatus,
        Environment,
        ExecuteCodeData,
        ExecuteCodeOutput,
        ExecuteCodeRequest,
        ExecutionResources,
        FileEntry,
        FileUpload,
        PersistentContainerRequest,
        ProcessOutput,
        ProcessOutputPiece,
        RefusedConnection,
        Session,
        SessionDetails,
        SessionLogEntry,
        SessionResources,
        SessionResourcesRequest,
        TerminalSize,
    )

    from ._async.client import CognitoraAsync
    from ._async.container import AsyncContainer
    from ._async.containers import AsyncContainers
    from ._async.execution_stream import AsyncExecutionStream
    from ._async.interpreter import AsyncCodeInterpreter
    from ._async.process import AsyncProcess
    from ._async.processes import AsyncProcesses
    from ._async.sandbox_path import AsyncSandboxPath
    from ._async.session import AsyncInterpreterSession
    from ._async.transport import AsyncTransport, AsyncTransportResponse
    from ._http.types import Headers, Request
    from ._sync.client import Cognitora
    from ._sync.container import Container
    from ._sync.containers import Containers
    from ._sync.execution_stream import ExecutionStream
    from ._sync.interpreter import CodeInterpreter
    from ._sync.process import Process
    from ._sync.processes import Processes
    from ._sync.sandbox_path import SandboxPath
    from ._sync.session import InterpreterSession
    from ._sync.transport import Transport, TransportResponse
    from .deadline import Deadline
    from .errors import (
        APIConnectionError,
        APIError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        CognitoraError,
        ConflictError,
        ExecutionError,
        FileTooLargeError,
        InvalidRequestError,
        InvalidResponseError,
        NotFoundError,
        PaymentRequiredError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        StreamTruncatedError,
        UnsupportedError,
        WaitTimeoutError,
    )
    from .notebook import load_ipython_extension, unload_ipython_extension
    from .results import (
        ContainerExecResponse,
        ContainerExecution,
        ExecuteCodeResponse,
        Execution,
        ExposedPort,
        InterpreterExecution,
        PersistentContainer,
        ProcessInfo,
        RunResult,
    )
    from .results.images import Image
    from .results.processes import OutputPiece, ProcessResult
else:
    # Nothing is imported before it is asked for.
    _MODULES = {
        "Cognitora": "._sync.client",
        "CognitoraAsync": "._async.client",
        "CodeInterpreter": "._sync.interpreter",
        "AsyncCodeInterpreter": "._async.interpreter",
        "InterpreterSession": "._sync.session",
        "AsyncInterpreterSession": "._async.session",
        "ExecutionStream": "._sync.execution_stream",
        "AsyncExecutionStream": "._async.execution_stream",
        "Containers": "._sync.containers",
        "AsyncContainers": "._async.containers",
        "Container": "._sync.container",
        "AsyncContainer": "._async.container",
        "Processes": "._sync.processes",
        "AsyncProcesses": "._async.processes",
        "Process": "._sync.process",
        "AsyncProcess": "._async.process",
        "SandboxPath": "._sync.sandbox_path",
        "AsyncSandboxPath": "._async.sandbox_path",
        "Environment": "cognitora_openapi.models",
        "SessionResourcesRequest": "cognitora_openapi.models",
        "ExecuteCodeRequest": "cognitora_openapi.models",
        "CreateSessionRequest": "cognitora_openapi.models",
        "FileUpload": "cognitora_openapi.models",
        "ComputeExecutionRequest": "cognitora_openapi.models",
        "PersistentContainerRequest": "cognitora_openapi.models",
        "ContainerExecRequest": "cognitora_openapi.models",
        "ContainerUpdateRequest": "cognitora_openapi.models",
        "CostEstimateRequest": "cognitora_openapi.models",
        "TerminalSize": "cognitora_openapi.models",
        "ExecuteCodeData": "cognitora_openapi.models",
        "ExecuteCodeOutput": "cognitora_openapi.models",
        "Session": "cognitora_openapi.models",
        "SessionDetails": "cognitora_openapi.models",
        "SessionLogEntry": "cognitora_openapi.models",
        "SessionResources": "cognitora_openapi.models",
        "ExecutionResources": "cognitora_openapi.models",
        "ContainerUpdateResponse": "cognitora_openapi.models",
        "CostEstimate": "cognitora_openapi.models",
        "CollectedGarbage": "cognitora_openapi.models",
        "ProcessOutput": "cognitora_openapi.models",
        "ProcessOutputPiece": "cognitora_openapi.models",
        "FileEntry": "cognitora_openapi.models",
        "EgressStatus": "cognitora_openapi.models",
        "RefusedConnection": "cognitora_openapi.models",
        "Image": ".results.images",
        "OutputPiece": ".results.processes",
        "ProcessResult": ".results.processes",
        "ExecuteCodeResponse": ".results",
        "InterpreterExecution": ".results",
        "Execution": ".results",
        "PersistentContainer": ".results",
        "ContainerExecution": ".results",
        "ContainerExecResponse": ".results",
        "ProcessInfo": ".results",
        "RunResult": ".results",
        "ExposedPort": ".results",
        "CognitoraError": ".errors",
        "InvalidRequestError": ".errors",
        "APIError": ".errors",
        "BadRequestError": ".errors",
        "AuthenticationError": ".errors",
        "PaymentRequiredError": ".errors",
        "PermissionDeniedError": ".errors",
        "NotFoundError": ".errors",
        "ConflictError": ".errors",
        "RateLimitError": ".errors",
        "ServerError": ".errors",
        "UnsupportedError": ".errors",
        "APIConnectionError": ".errors",
        "APITimeoutError": ".errors",
        "InvalidResponseError": ".errors",
        "WaitTimeoutError": ".errors",
        "ExecutionError": ".errors",
        "StreamTruncatedError": ".errors",
        "FileTooLargeError": ".errors",
        "load_ipython_extension": ".notebook",
        "unload_ipython_extension": ".notebook",
        "Request": "._http.types",
        "Headers": "._http.types",
        "Deadline": ".deadline",
        "Transport": "._sync.transport",
        "TransportResponse": "._sync.transport",
        "AsyncTransport": "._async.transport",
        "AsyncTransportResponse": "._async.transport",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    # clients
    "Cognitora",
    "CognitoraAsync",
    "CodeInterpreter",
    "AsyncCodeInterpreter",
    "InterpreterSession",
    "AsyncInterpreterSession",
    "ExecutionStream",
    "AsyncExecutionStream",
    "Containers",
    "AsyncContainers",
    "Container",
    "AsyncContainer",
    "Processes",
    "AsyncProcesses",
    "Process",
    "AsyncProcess",
    "SandboxPath",
    "AsyncSandboxPath",
    # requests
    "Environment",
    "SessionResourcesRequest",
    "ExecuteCodeRequest",
    "CreateSessionRequest",
    "FileUpload",
    "ComputeExecutionRequest",
    "PersistentContainerRequest",
    "ContainerExecRequest",
    "ContainerUpdateRequest",
    "CostEstimateRequest",
    "TerminalSize",
    # results
    "ExecuteCodeData",
    "ExecuteCodeOutput",
    "Session",
    "SessionDetails",
    "SessionLogEntry",
    "SessionResources",
    "ExecutionResources",
    "ContainerUpdateResponse",
    "CostEstimate",
    "CollectedGarbage",
    "ProcessOutput",
    "ProcessOutputPiece",
    "FileEntry",
    "EgressStatus",
    "RefusedConnection",
    "Image",
    "OutputPiece",
    "ProcessResult",
    "ExecuteCodeResponse",
    "InterpreterExecution",
    "Execution",
    "PersistentContainer",
    "ContainerExecution",
    "ContainerExecResponse",
    "ProcessInfo",
    "RunResult",
    "ExposedPort",
    # errors
    "CognitoraError",
    "InvalidRequestError",
    "APIError",
    "BadRequestError",
    "AuthenticationError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "NotFoundError",
    "ConflictError",
    "RateLimitError",
    "ServerError",
    "UnsupportedError",
    "APIConnectionError",
    "APITimeoutError",
    "InvalidResponseError",
    "WaitTimeoutError",
    "ExecutionError",
    "StreamTruncatedError",
    "FileTooLargeError",
    # what `%load_ext cognitora` calls
    "load_ipython_extension",
    "unload_ipython_extension",
    # for transports of one's own
    "Request",
    "Headers",
    "Deadline",
    "Transport",
    "TransportResponse",
    "AsyncTransport",
    "AsyncTransportResponse",
    "__version__",
]
