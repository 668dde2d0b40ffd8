"""Cognitora for Microsoft's Agent Framework: tools that run code and commands in a session.

Needs `pip install "cognitora[agent-framework]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("agent_framework", "agent-framework")

from .tools import code_tool, command_tool

__all__ = ["code_tool", "command_tool"]
