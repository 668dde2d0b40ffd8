"""Containers as the contract has them: their life, their records, and the operations on them."""

from __future__ import annotations

from .command_handlers import CommandHandlers
from .file_handlers import FileHandlers
from .handlers import ContainerHandlers
from .lazy_engine import LazyEngine
from .registry import ContainerRegistry

__all__ = [
    "CommandHandlers",
    "ContainerHandlers",
    "FileHandlers",
    "ContainerRegistry",
    "LazyEngine",
]
