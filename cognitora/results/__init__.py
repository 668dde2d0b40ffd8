"""What calls return, where the facade adds something to the generated models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cognitora_openapi.models import (
    container_exec_response,
    container_execution,
    execute_code_response,
    execution,
    exposed_port,
    interpreter_execution,
    process_info,
)

from .code import CodeOutcome
from .containers import CommandOutcome, ContainerOutcome, brief, bytes_of, ended, raise_for

if TYPE_CHECKING:
    from cognitora_openapi.models import ExecuteCodeOutput


class ExecuteCodeResponse(CodeOutcome, execute_code_response.ExecuteCodeResponse):
    """The result of running code.

    Attributes:
        data: `status`, `outputs`, `session_id`, `execution_id`, `execution_time_ms`, `created_at`.
        errors: What went wrong, a line each; None or empty where nothing did.
    """

    __slots__ = ()

    @property
    def _outputs(self) -> list[ExecuteCodeOutput]:
        return self.data.outputs

    @property
    def _status(self) -> str:
        return str(self.data.status)

    @property
    def _name(self) -> str | None:
        return self.data.execution_id

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Reads an answer. An output that can't be one doesn't take the others with it."""
        data = {**src_dict["data"]}
        data["outputs"] = list(readable(data.get("outputs")))
        return super().from_dict(_with_lines({**src_dict, "data": data}))


class InterpreterExecution(CodeOutcome, interpreter_execution.InterpreterExecution):
    """The record of an execution: its `id`, `status`, `outputs`, `code` and times."""

    __slots__ = ()

    @property
    def _outputs(self) -> list[ExecuteCodeOutput]:
        return self.outputs or []

    @property
    def _status(self) -> str:
        return str(self.status)

    @property
    def _name(self) -> str | None:
        return self.id

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Reads a record. An output that can't be one doesn't take the others with it."""
        record = _with_lines(src_dict)
        if record.get("outputs") is not None:
            record["outputs"] = list(readable(record["outputs"]))
        return super().from_dict(record)


class Execution(execution.Execution, ContainerOutcome):
    """A container, one-shot or persistent: its `id`, `status`, `exit_code`, `reason`, costs and times.

    The statuses `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final; `reason` says in a sentence why
    it failed or was stopped, where the service tells.
    """

    __slots__ = ()

    @property
    def _name(self) -> str:
        return f"Container {self.id}"


PersistentContainer = Execution
"""The name that the service's users know a container by."""


class ContainerExecution(container_execution.ContainerExecution, CommandOutcome):
    """The record of a command in a container: `id`, `status`, `output`, `exit_code`, `reason` and times."""

    __slots__ = ()

    @property
    def _name(self) -> str:
        return f"Execution {self.id}"


class ContainerExecResponse(container_exec_response.ContainerExecResponse, CommandOutcome):
    """How a command in a container ended: its `output`, and where the service tells, more.

    `exit_code` is None where it was stopped, `status` is `COMPLETED`, `FAILED` or `TIMEOUT`, `reason` says
    why it failed, `execution_id` is what `get_container_execution` takes.
    """

    __slots__ = ()

    @property
    def _name(self) -> str:
        return f"The command {self.command[0]!r}" if self.command else "The command"

    @property
    def stdout_bytes(self) -> bytes:
        """What it printed to its standard output, as it was; empty where the service doesn't tell."""
        return bytes_of(self.stdout, self.stdout_base_64)

    @property
    def stderr_bytes(self) -> bytes:
        """What it printed to its standard error, as it was; empty where the service doesn't tell."""
        return bytes_of(self.stderr, self.stderr_base_64)

    def __repr__(self) -> str:
        return brief(type(self).__name__, self.execution_id, self, output=self.output)


class ExposedPort(exposed_port.ExposedPort):
    """A port of a session or container that can be reached from outside. Its text is its URL.

    Attributes:
        port: The port inside.
        url: Where it is reached by HTTP, and by WebSockets with `ws` for `http`.
        address: Host and port, as in `"127.0.0.1:40123"`; None where it is reached by its URL alone.
    """

    __slots__ = ()

    @property
    def socket_address(self) -> tuple[str, int]:
        """Host and port as `socket.create_connection` and `asyncio.open_connection` take them.

        Raises:
            ValueError: It is reached by its URL alone.
        """
        host, _, port = (self.address or "").rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"Port {self.port} has no address of its own: use its url, {self.url}")
        return host.strip("[]"), int(port)

    def __str__(self) -> str:
        return self.url


class ProcessInfo(process_info.ProcessInfo, ContainerOutcome):
    """A process in the background, as it was when it was asked for: its `status` and its `exit_code`.

    `output_bytes` of what it printed are kept, at most `output_limit`; `output_cut`: it printed more.
    """

    __slots__ = ()

    @property
    def _name(self) -> str:
        return f"The process {self.command[0]!r}" if self.command else "The process"


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """What `run_and_wait` returns: read as attributes or, as in `result["logs"]`, by name.

    Attributes:
        execution: The container in its final state.
        logs: What it printed.
    """

    execution: Execution
    logs: str

    @property
    def ok(self) -> bool:
        """Whether the container has ended well: as `COMPLETED`, with exit code 0."""
        return self.execution.ok

    def raise_for_error(self) -> Self:
        """Turns a container that failed or was stopped into an exception.

        Returns:
            The result itself, if the container has ended well.

        Raises:
            ExecutionError: It did not. The message says why, and ends with the last lines of its logs;
                `result` is this.
        """
        raise_for(self.execution, self, self.logs)
        return self

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, as JSON takes it."""
        return {"execution": self.execution.to_dict(), "logs": self.logs}

    def __repr__(self) -> str:
        return brief("RunResult", self.execution.id, self.execution, logs=self.logs)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return ended(self.execution, self.execution._name, repr(self), self.logs)

    def __getitem__(self, name: str) -> Any:
        if name not in ("execution", "logs"):
            raise KeyError(name)
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in ("execution", "logs")

    def keys(self) -> tuple[str, str]:
        """The names that can be indexed."""
        return ("execution", "logs")


def readable(outputs: Any) -> Iterator[dict[str, Any]]:
    """Of what should be a list of outputs, those that are."""
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict) and output.get("type") is not None:
            yield output


def _with_lines(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which `errors` are lines, also where the server gave one text."""
    errors = fields.get("errors")
    if isinstance(errors, str):
        errors = errors.splitlines()
    if isinstance(errors, list):
        return {**fields, "errors": [str(error) for error in errors if error is not None]}
    return {**fields, "errors": None if errors is None else [str(errors)]}
