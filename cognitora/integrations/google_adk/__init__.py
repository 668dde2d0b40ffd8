"""Cognitora for Google's Agent Development Kit: a code executor, and an environment for its tools.

Needs `pip install "cognitora[google-adk]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("google.adk", "google-adk")

from .environment import CognitoraEnvironment
from .executor import CognitoraCodeExecutor

__all__ = ["CognitoraCodeExecutor", "CognitoraEnvironment"]
