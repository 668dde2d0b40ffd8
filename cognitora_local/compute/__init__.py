"""Containers as the contract has them: their life, their records, and the operations on them."""

from __future__ import annotations

from .containers import Containers
from .engines import LazyEngine
from .operations import Compute
from .records import ComputeRecords

__all__ = ["Compute", "ComputeRecords", "Containers", "LazyEngine"]
