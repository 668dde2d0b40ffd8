"""Containers: users' commands run in one, on a real engine, with limits that hold."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .backend import ContainerBackend, MadeContainer, RunningExec, Secret, StartBackend
from .errors import (
    CommandError,
    ContainerGone,
    EngineError,
    ImageError,
    NotAFile,
    NotAPlainFile,
    UnlimitedDisk,
)
from .models import (
    KILLED,
    Collected,
    ContainerSpec,
    ContainerState,
    EngineOptions,
    Image,
    StoredFile,
)
from .starting import start_engine

if TYPE_CHECKING:
    from .container import Container
    from .engine import Engine
    from .exec import Exec

# The client of engines takes 0.2 s to import: a runtime that runs code alone needn't wait for it.
_LATE = {"Container": ".container", "Engine": ".engine", "Exec": ".exec"}

__all__ = [
    "KILLED",
    "Collected",
    "CommandError",
    "Container",
    "ContainerBackend",
    "ContainerGone",
    "ContainerSpec",
    "ContainerState",
    "Engine",
    "EngineError",
    "EngineOptions",
    "Exec",
    "Image",
    "ImageError",
    "MadeContainer",
    "NotAFile",
    "NotAPlainFile",
    "RunningExec",
    "Secret",
    "StartBackend",
    "StoredFile",
    "UnlimitedDisk",
    "start_engine",
]


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATE[name], __name__), name)
