"""Sandboxes: users' code runs in one, with limits that hold, or it doesn't run."""

from __future__ import annotations

from .errors import CommandError, SandboxError
from .exec import Exec, Terminal
from .host import Host
from .limits import Limits, Usage
from .ports import Ports, TooManyPorts
from .refusals import Refusal
from .sandbox import Sandbox

__all__ = [
    "CommandError",
    "Exec",
    "Host",
    "Limits",
    "Ports",
    "Refusal",
    "Sandbox",
    "SandboxError",
    "Terminal",
    "TooManyPorts",
    "Usage",
]
