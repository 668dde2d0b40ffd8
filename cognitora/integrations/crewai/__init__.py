"""Cognitora for CrewAI: a tool that runs code in a session.

Needs `pip install "cognitora[crewai]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("crewai", "crewai")

from .tool import CodeTool

__all__ = ["CodeTool"]
