from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment
    from ..models.metadata import Metadata


T = TypeVar("T", bound="PersistentContainerRequest")


@_attrs_define(repr=False)
class PersistentContainerRequest(Discreet):
    """A persistent container to start."""

    image: str
    """ The image, e.g. `docker.io/library/python:3.11-slim`. """
    persistent: bool
    """ True. The container stays up until it is cancelled or expires. """
    cpu_cores: float
    """ CPU cores; fractions are allowed. """
    memory_mb: int
    """ Memory in MiB. """
    max_cost_credits: int
    """ The most that the container may cost, in credits. """
    command: list[str] | None | Unset = UNSET
    """ A command to start with, a list of words. Without one the container just stays up. """
    timeout_seconds: int | Unset = UNSET
    """ How long the container lives, in seconds. The service's default is one day. """
    expires_at: datetime.datetime | Unset = UNSET
    """ When the container ends, instead of `timeout_seconds`. """
    environment: Environment | Unset = UNSET
    """ Environment variables, by name. """
    storage_gb: float | Unset = UNSET
    """ Storage in GiB. Without it the service's default is taken; the local runtime sets no limit then. """
    gpu_count: int | Unset = 0
    """ GPUs, by default none. """
    networking: bool | Unset = False
    """ Whether the container may reach the internet. """
    metadata: Metadata | Unset = UNSET
    """ Words about a session or a container, by name. """
    egress: list[str] | Unset = UNSET
    """ What of the outside may be reached with networking, by IPv4 and TCP; everything else is refused at once.
    Names
    (`pypi.org`, and for all names below one `*.pythonhosted.org`), addresses (`93.184.216.34`) and ranges of them
    (`10.1.0.0/16`), each with the port or the ports behind a colon (`pypi.org:443`, `10.1.0.0/16:8000-8010`),
    without
    them any port. An empty list lets out nothing.
     """

    def to_dict(self) -> dict[str, Any]:
        image = self.image

        persistent = self.persistent

        cpu_cores = self.cpu_cores

        memory_mb = self.memory_mb

        max_cost_credits = self.max_cost_credits

        command: list[str] | None | Unset
        if isinstance(self.command, Unset):
            command = UNSET
        elif isinstance(self.command, list):
            command = self.command

        else:
            command = self.command

        timeout_seconds = self.timeout_seconds

        expires_at: str | Unset = UNSET
        if not isinstance(self.expires_at, Unset):
            expires_at = self.expires_at.isoformat()

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        storage_gb = self.storage_gb

        gpu_count = self.gpu_count

        networking = self.networking

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        egress: list[str] | Unset = UNSET
        if not isinstance(self.egress, Unset):
            egress = self.egress

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "image": image,
                "persistent": persistent,
                "cpuCores": cpu_cores,
                "memoryMb": memory_mb,
                "maxCostCredits": max_cost_credits,
            }
        )
        if command is not UNSET:
            field_dict["command"] = command
        if timeout_seconds is not UNSET:
            field_dict["timeout_seconds"] = timeout_seconds
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if environment is not UNSET:
            field_dict["environment"] = environment
        if storage_gb is not UNSET:
            field_dict["storageGb"] = storage_gb
        if gpu_count is not UNSET:
            field_dict["gpuCount"] = gpu_count
        if networking is not UNSET:
            field_dict["networking"] = networking
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if egress is not UNSET:
            field_dict["egress"] = egress

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.environment import Environment
        from ..models.metadata import Metadata

        d = dict(src_dict)
        image = d.pop("image")

        persistent = d.pop("persistent")

        cpu_cores = d.pop("cpuCores")

        memory_mb = d.pop("memoryMb")

        max_cost_credits = d.pop("maxCostCredits")

        def _parse_command(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                command_type_0 = cast(list[str], data)

                return command_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        command = _parse_command(d.pop("command", UNSET))

        timeout_seconds = d.pop("timeout_seconds", UNSET)

        _expires_at = d.pop("expires_at", UNSET)
        expires_at: datetime.datetime | Unset
        if isinstance(_expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = datetime.datetime.fromisoformat(_expires_at)

        _environment = d.pop("environment", UNSET)
        environment: Environment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = Environment.from_dict(_environment)

        storage_gb = d.pop("storageGb", UNSET)

        gpu_count = d.pop("gpuCount", UNSET)

        networking = d.pop("networking", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: Metadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = Metadata.from_dict(_metadata)

        egress = cast(list[str], d.pop("egress", UNSET))

        persistent_container_request = cls(
            image=image,
            persistent=persistent,
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            max_cost_credits=max_cost_credits,
            command=command,
            timeout_seconds=timeout_seconds,
            expires_at=expires_at,
            environment=environment,
            storage_gb=storage_gb,
            gpu_count=gpu_count,
            networking=networking,
            metadata=metadata,
            egress=egress,
        )

        return persistent_container_request
