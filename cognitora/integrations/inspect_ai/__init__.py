"""Cognitora for Inspect: the sandbox `"cognitora"` of tasks and samples, which Inspect finds by itself.

A `CognitoraSandboxConfig` says what it is to be. Needs `pip install "cognitora[inspect-ai]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("inspect_ai", "inspect-ai")

from .config import CognitoraSandboxConfig
from .environment import CognitoraSandboxEnvironment

__all__ = ["CognitoraSandboxConfig", "CognitoraSandboxEnvironment"]
