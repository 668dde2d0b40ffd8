"""Cognitora for Deep Agents Code, LangChain's coding agent: `dcode --sandbox cognitora`.

Needs `pip install "cognitora[deepagents-code]>=2"`; Deep Agents Code finds it by its entry point.
"""

from __future__ import annotations

from ..requirements import require

require("deepagents_code", "deepagents-code")

from .provider import CognitoraProvider

__all__ = ["CognitoraProvider"]
