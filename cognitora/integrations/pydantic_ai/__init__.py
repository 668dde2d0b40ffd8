"""Cognitora for Pydantic AI: a workspace that agents work in, and a toolset that runs code.

Needs `pip install "cognitora[pydantic-ai]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("pydantic_ai", "pydantic-ai")

from .backend import CognitoraBackend
from .toolset import CodeToolset

__all__ = ["CodeToolset", "CognitoraBackend"]
