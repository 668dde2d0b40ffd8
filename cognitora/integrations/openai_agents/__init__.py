"""Cognitora for the OpenAI Agents SDK: sandboxes for its sandbox agents, and a tool for all others.

Needs `pip install "cognitora[openai-agents]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("agents", "openai-agents")

from .client import CognitoraSandboxClient
from .session import CognitoraSandboxSession
from .state import CognitoraSandboxClientOptions, CognitoraSandboxSessionState
from .tools import code_tool

__all__ = [
    "CognitoraSandboxClient",
    "CognitoraSandboxClientOptions",
    "CognitoraSandboxSession",
    "CognitoraSandboxSessionState",
    "code_tool",
]
