"""Python SDK for Cognitora: runs code and containers in secure sandboxes.

from cognitora import Cognitora

with Cognitora() as client:
    print(client.code_interpreter.run_python("print('Hello')").stdout)
"""

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
        ExecuteCodeData,
        ExecuteCodeOutput,
        ExecuteCodeRequest,
        ExecutionResources,
        FileUpload,
        PersistentContainerRequest,
        Session,
        SessionDetails,
        SessionLogEntry,
        SessionResources,
    )

    from ._async.client import CognitoraAsync
    from ._async.container import AsyncContainer
    from ._async.containers import AsyncContainers
    from ._async.interpreter import AsyncCodeInterpreter
    from ._async.session import AsyncInterpreterSession
    from ._async.streaming import AsyncExecutionStream
    from ._async.transport import AsyncAnswer, AsyncTransport
    from ._sync.client import Cognitora
    from ._sync.container import Container
    from ._sync.containers import Containers
    from ._sync.interpreter import CodeInterpreter
    from ._sync.session import InterpreterSession
    from ._sync.streaming import ExecutionStream
    from ._sync.transport import Answer, Transport
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
        InvalidRequestError,
        InvalidResponseError,
        NotFoundError,
        PaymentRequiredError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        StreamTruncatedError,
        WaitTimeoutError,
    )
    from .images import Image
    from .messages import Headers, Request
    from .results import (
        ContainerExecResponse,
        ContainerExecution,
        ExecuteCodeResponse,
        Execution,
        InterpreterExecution,
        RunResult,
    )
    from .results import Execution as PersistentContainer
else:
    # Nothing is imported before it is asked for.
    _MODULES = {
        "cognitora_openapi.models": (
            "CollectedGarbage ComputeExecutionRequest ContainerExecRequest ContainerUpdateRequest "
            "ContainerUpdateResponse CostEstimate CostEstimateRequest CreateSessionRequest "
            "ExecuteCodeData ExecuteCodeOutput ExecuteCodeRequest ExecutionResources FileUpload "
            "PersistentContainerRequest Session SessionDetails SessionLogEntry SessionResources"
        ),
        "._async.client": "CognitoraAsync",
        "._async.container": "AsyncContainer",
        "._async.containers": "AsyncContainers",
        "._async.interpreter": "AsyncCodeInterpreter",
        "._async.session": "AsyncInterpreterSession",
        "._async.streaming": "AsyncExecutionStream",
        "._async.transport": "AsyncAnswer AsyncTransport",
        "._sync.client": "Cognitora",
        "._sync.container": "Container",
        "._sync.containers": "Containers",
        "._sync.interpreter": "CodeInterpreter",
        "._sync.session": "InterpreterSession",
        "._sync.streaming": "ExecutionStream",
        "._sync.transport": "Answer Transport",
        ".deadline": "Deadline",
        ".errors": (
            "APIConnectionError APIError APITimeoutError AuthenticationError BadRequestError "
            "CognitoraError ConflictError ExecutionError InvalidRequestError InvalidResponseError "
            "NotFoundError PaymentRequiredError PermissionDeniedError RateLimitError ServerError "
            "StreamTruncatedError WaitTimeoutError"
        ),
        ".messages": "Headers Request",
        ".images": "Image",
        ".results": (
            "ContainerExecResponse ContainerExecution ExecuteCodeResponse Execution "
            "InterpreterExecution RunResult"
        ),
    }
    _HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name == "PersistentContainer":  # the name that the service's users know it by
            value = __getattr__("Execution")
        elif name in _HOMES:
            value = getattr(import_module(_HOMES[name], __name__), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted([*globals(), *__all__])


__all__ = [
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
    # requests
    "ExecuteCodeRequest",
    "CreateSessionRequest",
    "FileUpload",
    "ComputeExecutionRequest",
    "PersistentContainerRequest",
    "ContainerExecRequest",
    "ContainerUpdateRequest",
    "CostEstimateRequest",
    # results
    "ExecuteCodeResponse",
    "ExecuteCodeData",
    "ExecuteCodeOutput",
    "Image",
    "InterpreterExecution",
    "Session",
    "SessionDetails",
    "SessionLogEntry",
    "SessionResources",
    "Execution",
    "ExecutionResources",
    "PersistentContainer",
    "ContainerExecution",
    "ContainerExecResponse",
    "ContainerUpdateResponse",
    "CostEstimate",
    "CollectedGarbage",
    "RunResult",
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
    "APIConnectionError",
    "APITimeoutError",
    "InvalidResponseError",
    "WaitTimeoutError",
    "ExecutionError",
    "StreamTruncatedError",
    # for transports of one's own
    "Request",
    "Headers",
    "Deadline",
    "Transport",
    "AsyncTransport",
    "Answer",
    "AsyncAnswer",
    "__version__",
]
