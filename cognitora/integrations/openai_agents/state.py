"""What a sandbox is made by, and what it is found by again: both go through JSON."""

from __future__ import annotations

from typing import Literal

from agents.sandbox.session.sandbox_client import BaseSandboxClientOptions
from agents.sandbox.session.sandbox_session_state import SandboxSessionState


class CognitoraSandboxClientOptions(BaseSandboxClientOptions):
    """What sandboxes are made by.

    Without `image` a sandbox is a session: files are in `/work`, commands reach no network. With it, it is
    a container, whose files are where the manifest says.
    """

    # By a literal each class is told from the others, in JSON too; of the base it is any text.
    type: Literal["cognitora"] = "cognitora"  # pyright: ignore[reportIncompatibleVariableOverride]
    image: str | None = None
    """The image of a container, such as `"docker.io/library/python:3.11-slim"`."""
    exposed_ports: tuple[int, ...] = ()
    """Ports that may be reached from outside."""
    cpu_cores: float = 1
    """CPU cores."""
    memory_mb: int = 1024
    """Memory, in MiB."""
    max_cost_credits: int = 100
    """The most that a container may cost."""
    networking: bool = False
    """Whether a container may reach the internet."""
    timeout_seconds: int | None = None
    """How long the sandbox lives at most; by default as long as the service allows."""


class CognitoraSandboxSessionState(SandboxSessionState):
    """What a sandbox is found by, or made by anew."""

    # By a literal each class is told from the others, in JSON too; of the base it is any text.
    type: Literal["cognitora"] = "cognitora"  # pyright: ignore[reportIncompatibleVariableOverride]
    sandbox_id: str
    """The id of the session or the container."""
    options: CognitoraSandboxClientOptions
    """What it was made by."""
