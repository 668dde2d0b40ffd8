"""Sandboxes: users' code runs in one, with limits that hold, or it doesn't run."""

from __future__ import annotations

from .backend import (
    WARM_SECONDS,
    Backend,
    Begun,
    ReachableFilesystem,
    ReachablePorts,
    RunningCommand,
    RunningSandbox,
)
from .errors import (
    CommandError,
    NeverStarted,
    NoRoom,
    SandboxError,
    StartUnanswered,
    TooManyPorts,
    Unsupported,
)
from .exec import Exec, Terminal
from .host import Host
from .limits import Limits, Usage
from .outside_ports import OutsidePorts
from .ports import Ports
from .program import Program
from .refusals import Refusal
from .sandbox import Sandbox
from .work_folder import WorkFolder

__all__ = [
    "WARM_SECONDS",
    "Backend",
    "Begun",
    "CommandError",
    "ReachableFilesystem",
    "Exec",
    "Host",
    "Limits",
    "NoRoom",
    "OutsidePorts",
    "Ports",
    "Program",
    "ReachablePorts",
    "Refusal",
    "RunningCommand",
    "RunningSandbox",
    "Sandbox",
    "SandboxError",
    "StartUnanswered",
    "NeverStarted",
    "Terminal",
    "TooManyPorts",
    "Unsupported",
    "Usage",
    "WorkFolder",
]
