"""Cognitora for smolagents: a `CodeAgent` whose code runs in a session.

Needs `pip install "cognitora[smolagents]"`.
"""

from __future__ import annotations

from ..requirements import require

require("smolagents", "smolagents")

from .executor import CognitoraExecutor  # noqa: E402

__all__ = ["CognitoraExecutor"]
