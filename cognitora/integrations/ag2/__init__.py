"""Cognitora for AG2: a sandbox for its shell and code tools, and code that remembers.

Needs `pip install "cognitora[ag2]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("ag2", "ag2")

from .code import CognitoraCode
from .sandbox import CognitoraSandbox

__all__ = ["CognitoraCode", "CognitoraSandbox"]
