"""Cognitora for LangChain's Deep Agents: a sandbox that agents work in.

Needs `pip install "cognitora[deepagents]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("deepagents", "deepagents")

from .sandbox import CognitoraSandbox

__all__ = ["CognitoraSandbox"]
