"""Writes `cognitora/__init__.py`: the public names, each once here, for editors and for lazy imports."""

from __future__ import annotations

from pathlib import Path

from scripts.generate import generator

MODELS = "cognitora_openapi.models"
PUBLIC = {
    "clients": {
        "._sync.client": "Cognitora",
        "._async.client": "CognitoraAsync",
        "._sync.interpreter": "CodeInterpreter",
        "._async.interpreter": "AsyncCodeInterpreter",
        "._sync.session": "InterpreterSession",
        "._async.session": "AsyncInterpreterSession",
        "._sync.execution_stream": "ExecutionStream",
        "._async.execution_stream": "AsyncExecutionStream",
        "._sync.containers": "Containers",
        "._async.containers": "AsyncContainers",
        "._sync.container": "Container",
        "._async.container": "AsyncContainer",
        "._sync.processes": "Processes",
        "._async.processes": "AsyncProcesses",
        "._sync.process": "Process",
        "._async.process": "AsyncProcess",
        "._sync.sandbox_path": "SandboxPath",
        "._async.sandbox_path": "AsyncSandboxPath",
    },
    "requests": {
        MODELS: "Environment SessionResourcesRequest ExecuteCodeRequest CreateSessionRequest "
        "FileUpload ComputeExecutionRequest PersistentContainerRequest ContainerExecRequest "
        "ContainerUpdateRequest CostEstimateRequest TerminalSize",
    },
    "results": {
        MODELS: "ExecuteCodeData ExecuteCodeOutput Session SessionDetails SessionLogEntry "
        "SessionResources ExecutionResources ContainerUpdateResponse CostEstimate CollectedGarbage "
        "ProcessOutput ProcessOutputPiece FileEntry EgressStatus RefusedConnection",
        ".results.images": "Image",
        ".results.processes": "OutputPiece ProcessResult",
        ".results": "ExecuteCodeResponse InterpreterExecution Execution PersistentContainer "
        "ContainerExecution ContainerExecResponse ProcessInfo RunResult ExposedPort",
    },
    "errors": {
        ".errors": "CognitoraError InvalidRequestError APIError BadRequestError AuthenticationError "
        "PaymentRequiredError PermissionDeniedError NotFoundError ConflictError RateLimitError "
        "ServerError UnsupportedError APIConnectionError APITimeoutError InvalidResponseError "
        "WaitTimeoutError ExecutionError StreamTruncatedError FileTooLargeError",
    },
    "what `%load_ext cognitora` calls": {
        ".notebook": "load_ipython_extension unload_ipython_extension",
    },
    "for transports of one's own": {
        "._http.types": "Request Headers",
        ".deadline": "Deadline",
        "._sync.transport": "Transport TransportResponse",
        "._async.transport": "AsyncTransport AsyncTransportResponse",
    },
}
"""The names by what they are for and by their module, in the order in which they are shown."""

TEMPLATE = '''"""Python SDK for Cognitora: runs code and containers in secure sandboxes.

from cognitora import Cognitora

with Cognitora() as client:
    print(client.code_interpreter.run_python("print('Hello')").stdout)
"""

# Written by `make generate` from scripts/generate/public.py: change that, not this.

from ._version import __version__

TYPE_CHECKING = False  # importing `typing` for it would take longer than all of this module

if TYPE_CHECKING:
{imports}
else:
    # Nothing is imported before it is asked for.
    _MODULES = {modules!r}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({{*globals(), *__all__}})


__all__ = [
{names}
    "__version__",
]
'''


def write_names(path: Path) -> None:
    """Write the module."""
    modules: dict[str, str] = {}
    names: list[str] = []
    for purpose, homes in PUBLIC.items():
        names.append(f"    # {purpose}")
        for module, several in homes.items():
            modules |= dict.fromkeys(several.split(), module)
            names += [f'    "{name}",' for name in several.split()]
    imports = [f"    from {module} import {name}" for name, module in modules.items()]
    path.write_text(
        TEMPLATE.format(imports="\n".join(imports), modules=modules, names="\n".join(names)),
        "utf-8",
    )
    generator.tidy(path)
