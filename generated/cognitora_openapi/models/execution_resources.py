from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..answer import Answer, present

T = TypeVar("T", bound="ExecutionResources")


@_attrs_define(kw_only=True, repr=False)
class ExecutionResources(Answer):
    """What a container may use."""

    cpu_cores: float | None = None
    """ CPU cores. """
    memory_mb: float | None = None
    """ Memory in MiB. """
    storage_gb: float | None = None
    """ Storage in GiB. """
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

        def _parse_cpu_cores(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        cpu_cores = _parse_cpu_cores(d.pop("cpuCores", None))

        def _parse_memory_mb(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        memory_mb = _parse_memory_mb(d.pop("memoryMb", None))

        def _parse_storage_gb(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        storage_gb = _parse_storage_gb(d.pop("storageGb", None))

        def _parse_gpu_count(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        gpu_count = _parse_gpu_count(d.pop("gpuCount", None))

        execution_resources = cls(
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            storage_gb=storage_gb,
            gpu_count=gpu_count,
        )

        execution_resources.additional_properties = d
        return execution_resources
