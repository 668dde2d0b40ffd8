"""Containers as the contract has them: their life, their records, and the operations on them."""

from __future__ import annotations

from ..store.containers import ComputeRecords
from .command_handlers import Commands
from .file_handlers import ContainerFiles
from .handlers import Compute
from .lazy_engine import LazyEngine
from .registry import Containers

__all__ = [
    "Commands",
    "Compute",
    "ComputeRecords",
    "ContainerFiles",
    "Containers",
    "LazyEngine",
]
