"""Cognitora for every program that speaks the Model Context Protocol.

`python -m cognitora.integrations.mcp` is a server; `serve` is the same as a function, and `make_server`
makes one to be run otherwise. Needs `pip install "cognitora[mcp]>=2"`.
"""

from __future__ import annotations

from ..requirements import require

require("mcp", "mcp")

from .limits import Limits
from .server import make_server
from .serving import serve

__all__ = ["Limits", "make_server", "serve"]
