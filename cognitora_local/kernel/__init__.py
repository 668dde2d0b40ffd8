"""Kernels: a language's interpreter in a sandbox, keeping its state from one execution to the next."""

from __future__ import annotations

from .kernel import Kernel
from .languages import UnsupportedLanguage
from .outputs import MAX_OUTPUT_BYTES, MAX_OUTPUTS, Caps, Outcome, Output
from .run import WayOut, everything
from .taken_over import TakenOverKernel
from .warm import WarmKernels

__all__ = [
    "MAX_OUTPUTS",
    "MAX_OUTPUT_BYTES",
    "Caps",
    "Kernel",
    "Outcome",
    "Output",
    "TakenOverKernel",
    "UnsupportedLanguage",
    "WarmKernels",
    "WayOut",
    "everything",
]
