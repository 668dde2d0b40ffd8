"""Containers: users' commands run in one, on a real engine, with limits that hold."""

from __future__ import annotations

from .container import Container
from .engine import Engine
from .errors import CommandError, ContainerGone, EngineError, ImageError, NotAFile
from .exec import Exec
from .spec import Collected, ContainerSpec, ContainerState, EngineOptions, Image, StoredFile

__all__ = [
    "Collected",
    "CommandError",
    "Container",
    "ContainerGone",
    "ContainerSpec",
    "ContainerState",
    "Engine",
    "EngineError",
    "EngineOptions",
    "Exec",
    "Image",
    "ImageError",
    "NotAFile",
    "StoredFile",
]
