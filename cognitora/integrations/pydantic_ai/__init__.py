"""Cognitora for Pydantic AI: a workspace that agents work in, and a toolset that runs code.

Needs `pip install "cognitora[pydantic-ai]"`.
"""

from __future__ import annotations

from ..requirements import require

require("pydantic_ai", "pydantic-ai")

from .backend import CognitoraBackend  # noqa: E402
from .toolset import CodeToolset  # noqa: E402

__all__ = ["CodeToolset", "CognitoraBackend"]
