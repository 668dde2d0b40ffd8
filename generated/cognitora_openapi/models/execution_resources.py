from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="ExecutionResources")


@_attrs_define(kw_only=True, repr=False)
class ExecutionResources(ResponseModel):
    """What a container may use."""

    cpu_cores: float | None = None
    """ CPU cores. """
    memory_mb: float | None = None
    """ Memory in MiB. """
    storage_gb: float | None = None
    """ Storage in GiB; null or missing where there is no limit. """
    gpu_count: int | None = None
    """ GPUs. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "cpuCores": "cpu_cores",
        "memoryMb": "memory_mb",
        "storageGb": "storage_gb",
        "gpuCount": "gpu_count",
    }
    _aliases: ClassVar[dict[str, str]] = {
        "cpu_cores": "cpuCores",
        "memory_mb": "memoryMb",
        "storage_gb": "storageGb",
        "gpu_count": "gpuCount",
    }

    def to_dict(self) -> dict[str, Any]:
        cpu_cores: float | None
        cpu_cores = self.cpu_cores

        memory_mb: float | None
        memory_mb = self.memory_mb

        storage_gb: float | None
        storage_gb = self.storage_gb

        gpu_count: int | None
        gpu_count = self.gpu_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "cpuCores": cpu_cores,
                    "memoryMb": memory_mb,
                    "storageGb": storage_gb,
                    "gpuCount": gpu_count,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = cls._read(src_dict)

        cpu_cores = d.pop("cpuCores", None)

        memory_mb = d.pop("memoryMb", None)

        storage_gb = d.pop("storageGb", None)

        gpu_count = d.pop("gpuCount", None)

        execution_resources = cls.__new__(cls)
        execution_resources.cpu_cores = cpu_cores
        execution_resources.memory_mb = memory_mb
        execution_resources.storage_gb = storage_gb
        execution_resources.gpu_count = gpu_count

        execution_resources.additional_properties = d
        return execution_resources
