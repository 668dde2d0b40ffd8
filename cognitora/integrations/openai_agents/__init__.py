"""Cognitora for the OpenAI Agents SDK: sandboxes for its sandbox agents, and a tool for all others.

Needs `pip install "cognitora[openai-agents]"`.
"""

from __future__ import annotations

from ..requirements import require

require("agents", "openai-agents")

from .client import CognitoraSandboxClient  # noqa: E402
from .session import CognitoraSandboxSession  # noqa: E402
from .state import CognitoraSandboxClientOptions, CognitoraSandboxSessionState  # noqa: E402
from .tools import code_tool  # noqa: E402

__all__ = [
    "CognitoraSandboxClient",
    "CognitoraSandboxClientOptions",
    "CognitoraSandboxSession",
    "CognitoraSandboxSessionState",
    "code_tool",
]
