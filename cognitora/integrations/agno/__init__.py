"""Cognitora for Agno: tools that run code and commands in a session, and computers for its agents.

Needs `pip install "cognitora[agno]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("agno", "agno")

from .sandbox import CognitoraSandbox
from .toolkit import CognitoraTools

__all__ = ["CognitoraSandbox", "CognitoraTools"]
