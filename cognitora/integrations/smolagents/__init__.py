"""Cognitora for smolagents: a `CodeAgent` whose code runs in a session.

Needs `pip install "cognitora[smolagents]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("smolagents", "smolagents")

from .executor import CognitoraExecutor

__all__ = ["CognitoraExecutor"]
