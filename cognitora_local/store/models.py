"""What is remembered of sessions, executions, containers and commands."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from ..kernel import Output
from .table import ELSEWHERE, NONE_IS_ZERO

INTERRUPTED = "The runtime ended while this was running. Whether the code finished is unknown."
"""What is told of an execution or a command whose runtime was killed."""

NOT_STARTED = "The process was not started: the gateway that was to start it was lost."
NOT_RUN = "The code was not run: the gateway where it waited for its turn was lost."

PENDING = "PENDING"
RUNNING = "RUNNING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"
CANCELLED = "CANCELLED"
TIMEOUT = "TIMEOUT"

ROW_BYTES = 512
"""What a record takes in a list, beside what callers and images may make long."""

FINAL = frozenset({COMPLETED, FAILED, CANCELLED, TIMEOUT})


def new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(10)}"


@dataclass(slots=True)
class SessionRecord:
    """A session. `status` is active, deleted, expired or ended; `reason` says why it ended.

    `gateway` is the epoch of the one that serves it, and its executions and processes. What another needs to
    take it over is only known where it can: the `address` of its sandbox, its `environment` and `egress`, and
    how many have (`term`).
    """

    id: str
    language: str
    created_at: datetime
    expires_at: datetime | None = None
    timeout_seconds: int | None = None
    resources: dict[str, Any] = field(default_factory=dict[str, Any])
    one_shot: bool = False
    status: str = "active"
    reason: str | None = None
    ended_at: datetime | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    gateway: int = 0
    term: int = 0
    address: str | None = field(default=None, repr=False)
    environment: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    egress: list[str] | None = None

    @property
    def active(self) -> bool:
        return self.status == "active"


@dataclass(slots=True)
class ExecutionRecord:
    """An execution. Times in milliseconds, memory in MB (2**20 bytes)."""

    id: str
    session_id: str
    language: str
    code: str
    networking: bool
    timeout_seconds: float
    created_at: datetime
    uploaded_files: list[str] = field(default_factory=list[str])
    status: str = "running"
    errors: list[str] = field(default_factory=list[str])
    outputs: list[Output] = field(default_factory=list[Output], metadata=ELSEWHERE)
    completed_at: datetime | None = None
    execution_time_ms: int | None = None
    cpu_time_ms: int | None = None
    peak_memory_mb: float | None = None

    def size(self) -> int:
        """Of its code, errors and outputs, in characters and roughly."""
        texts = (self.code, *self.errors)
        return sum(map(len, texts)) + sum(output.size() for output in self.outputs)


@dataclass(slots=True)
class LogRecord:
    """One line of a session's log: an event of the session, or an output of an execution.

    `place` is where it stands in the log's order, which is what a page begins after.
    """

    type: str
    message: str
    execution_id: str | None
    timestamp: datetime
    place: str


@dataclass(slots=True)
class ContainerRecord:
    """A container. `status` is one of the words in capitals above; costs are in credits.

    `timeout_seconds` and `expires_at` are what it was given: a one-shot's time counts from its
    start, a persistent one's from its creation. `gateway` and `term` are as a session's. Memory in MiB;
    storage in GiB, None: without limit.
    """

    id: str
    image: str
    command: list[str] | None
    persistent: bool
    cpu_cores: float
    memory_mb: int
    storage_gb: float | None = field(metadata=NONE_IS_ZERO)
    gpu_count: int
    networking: bool
    max_cost_credits: int
    created_at: datetime
    timeout_seconds: int | None = None
    expires_at: datetime | None = None
    status: str = PENDING
    reason: str | None = None
    exit_code: int | None = None
    cost_credits: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    gateway: int = 0
    term: int = 0

    @property
    def ended(self) -> bool:
        return self.status in FINAL

    def size(self) -> int:
        """About how many bytes it takes in a list."""
        said = _length(self.command or ()) + _length(chain(*self.metadata.items()))
        return ROW_BYTES + len(self.image) + said + len(self.reason or "")


@dataclass(slots=True)
class CommandRecord:
    """A command that runs in a container, or did: the contract's ContainerExecution.

    Attributes:
        first: whether it is the container's own, whose output is the container's logs.
        engine_id: the engine's name for it, where it is an exec.
    """

    id: str
    container_id: str
    command: list[str]
    created_at: datetime
    first: bool = False
    engine_id: str | None = None
    files_uploaded: int = 0
    status: str = PENDING
    reason: str | None = None
    exit_code: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in FINAL

    def size(self) -> int:
        """About how many bytes it takes in a list."""
        return ROW_BYTES + _length(self.command) + len(self.reason or "")


@dataclass(slots=True)
class ProcessRecord:
    """A process in the background of a session or of a container, or one that was.

    Attributes:
        terminal: whether it has one.
        output_limit: how many bytes of its output are kept.
        output_bytes: how many are.
        output_cut: whether it has printed more.
        stdin_bytes: how many it was given.
        engine_id: the engine's name for it, where it is in a container.
        timeout_seconds: how long it may run.
    """

    id: str
    command: list[str]
    created_at: datetime
    terminal: bool
    output_limit: int
    session_id: str | None = None
    container_id: str | None = None
    engine_id: str | None = None
    status: str = PENDING
    reason: str | None = None
    exit_code: int | None = None
    timeout_seconds: float | None = None
    output_bytes: int = 0
    output_cut: bool = False
    stdin_bytes: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def ended(self) -> bool:
        return self.status in FINAL

    def size(self) -> int:
        """About how many bytes it takes in a list."""
        return ROW_BYTES + _length(self.command) + len(self.reason or "")


def _length(words: Iterable[str]) -> int:
    return sum(len(word) + 3 for word in words)  # with quotes and a comma
