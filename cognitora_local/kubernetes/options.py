"""How pods are made."""

from __future__ import annotations

from dataclasses import dataclass

IMAGE = "docker.io/library/python:3.13"


@dataclass(frozen=True, slots=True)
class PodOptions:
    """What pods are made with.

    Attributes:
        image: their image, which has Python 3.11 or later as `python3`.
        namespace: where they are; None: the one that is configured.
        runtime_class: the RuntimeClass they run by; None: the cluster's default.
        silence_seconds: after which a pod ends when it has heard of no gateway.
        life_seconds: after which the cluster ends a pod, as the last resort.
    """

    image: str = IMAGE
    namespace: str | None = None
    runtime_class: str | None = None
    silence_seconds: float = 60.0
    life_seconds: int = 7 * 24 * 60 * 60
