"""What an engine is asked for, and what it tells."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..sandbox.outside_ports import ANY, OutsidePorts

KILLED = 137
"""The exit code of what SIGKILL has ended."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the operator of a runtime has said about its engine.

    Attributes:
        host: the engine's address, `unix:///path`; None: it is looked for.
        images: what stands for an image, by the image's name.
        store: where an engine of our own keeps images and containers; None: in the user's cache.
        outside: where ports of containers are on this machine.
    """

    host: str | None = None
    images: Mapping[str, str] = field(default_factory=dict[str, str])
    store: Path | None = None
    outside: OutsidePorts = ANY


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the engine has.

    Attributes:
        name: as it was asked for.
        reference: fully qualified, and mapped.
        id: the engine's.
        working_dir: where a command in it starts, and what its files' paths are relative to.
        entrypoint: what stands before each command.
        command: what is run where no command is given.
        volumes: its folders for data that are to be there.
    """

    name: str
    reference: str
    id: str
    working_dir: str
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    volumes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container to make.

    Attributes:
        id: ours.
        command: what it runs. A persistent one stays up whatever this is: it runs nothing of itself.
        persistent: whether it stays up until it is killed.
        cpu_cores: its share of CPU time, in cores.
        memory_mb: its memory in MiB, with no swap beyond it.
        storage_gb: what it may write to its disk, in GiB; None: not limited.
        environment: added to the image's.
        networking: whether it reaches the outside world (never this machine).
        processes: how many processes and threads it may have at once.
        gpu_count: how many of the machine's GPUs it has, for itself among the runtimes' containers.
        seconds: after which it is ended from outside; that of a persistent one may be put off.
    """

    id: str
    image: Image
    command: Sequence[str]
    persistent: bool
    cpu_cores: float
    memory_mb: int
    storage_gb: float | None
    environment: Mapping[str, str]
    networking: bool
    processes: int = 256
    gpu_count: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ContainerState:
    """How a container is.

    Attributes:
        running: False before its start, and after its end.
        exit_code: None until it has ended.
        out_of_memory: whether the kernel killed it for want of memory.
        started_at: None: it never was.
        finished_at: None until it has ended.
        lost: why it has ended where that is not by itself, as a sentence.
        starting: whether it is about to run, whoever has had it made: see `MadeContainer.start`.
    """

    running: bool
    exit_code: int | None
    out_of_memory: bool
    started_at: datetime | None
    finished_at: datetime | None
    lost: str | None = None
    starting: bool = False


@dataclass(frozen=True, slots=True)
class Collected:
    """How much was removed that nobody owned any more."""

    containers: int
    volumes: int
    networks: int


class StoredFile(Protocol):
    """A file in a container, to be read once."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def pieces(self) -> AsyncGenerator[bytes, None]: ...
