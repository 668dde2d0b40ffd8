"""What the sandbox of a sample is to be."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, Field, model_validator


class CognitoraSandboxConfig(BaseModel, frozen=True, extra="forbid"):
    """What the sandbox of a sample is to be; by default a session of Python."""

    image: str | None = None
    """The image of a container. Without one the sandbox is a session, with Python, in which
    programs reach no network and there is one user."""
    cpu_cores: float = Field(default=1, gt=0)
    memory_mb: int = Field(default=1024, gt=0)
    """In MiB."""
    timeout_seconds: int = Field(default=24 * 3600, gt=0)
    """How long it lives at most."""
    networking: bool = False
    """Whether a container may reach the internet."""
    egress: tuple[str, ...] | None = None
    """What of it, such as `("pypi.org:443",)`; None means all."""
    max_cost_credits: int = Field(default=1000, ge=0)
    """The most that a container may cost."""

    @model_validator(mode="after")
    def _check_network(self) -> Self:
        if self.image is None and (self.networking or self.egress is not None):
            raise ValueError(
                "programs in a session reach no network: name an image, or leave out networking and egress"
            )
        return self


def read(config: BaseModel | str | None) -> CognitoraSandboxConfig:
    """The configuration that a task or a sample has given: an object, or a file in YAML.

    Raises:
        ValueError: There is no such file, or something in it is wrong.
        TypeError: It is another sandbox's.
    """
    if config is None:
        return CognitoraSandboxConfig()
    if isinstance(config, str):
        return _of_file(Path(config))
    if not isinstance(config, CognitoraSandboxConfig):
        raise TypeError(
            "The sandbox `cognitora` takes a CognitoraSandboxConfig, or a file of its fields in YAML; "
            f"not {type(config).__name__}."
        )
    return config


def _of_file(path: Path) -> CognitoraSandboxConfig:
    if not path.is_file():
        raise ValueError(
            f"There is no file {str(path)!r}. For an image write "
            f"CognitoraSandboxConfig(image={path.name!r})."
        )
    fields = yaml.safe_load(path.read_text())
    if not isinstance(fields, dict):
        raise ValueError(f"{str(path)!r} has no mapping of fields, such as `image: python:3.11`.")
    return CognitoraSandboxConfig(**fields)
