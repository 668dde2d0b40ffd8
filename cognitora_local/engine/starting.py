"""Starts the engine of this machine."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path

from .backend import ContainerBackend, Secret
from .models import EngineOptions


async def start_engine(options: EngineOptions, data_dir: Path, secret: Secret) -> ContainerBackend:
    """`Engine.start`, which is imported now, beside the event loop: see the package. It needs no secret."""
    found = await asyncio.to_thread(import_module, ".engine", __package__)
    started: ContainerBackend = await found.Engine.start(options, data_dir)
    return started
