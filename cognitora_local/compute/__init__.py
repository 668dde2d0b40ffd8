"""Containers as the contract has them: their life, their records, and the operations on them."""

from __future__ import annotations

from .commands import Commands
from .containers import Containers
from .engines import LazyEngine
from .files import ContainerFiles
from .operations import Compute
from .records import ComputeRecords

__all__ = [
    "Commands",
    "Compute",
    "ComputeRecords",
    "ContainerFiles",
    "Containers",
    "LazyEngine",
]
