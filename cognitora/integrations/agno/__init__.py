"""Cognitora for Agno: a toolkit that runs code and commands in a session.

Needs `pip install "cognitora[agno]"`.
"""

from __future__ import annotations

from ..requirements import require

require("agno", "agno")

from .toolkit import CognitoraTools

__all__ = ["CognitoraTools"]
