from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet

T = TypeVar("T", bound="CostEstimateRequest")


@_attrs_define(repr=False)
class CostEstimateRequest(Discreet):
    """Resources to price."""

    cpu_cores: float
    """ CPU cores; fractions are allowed. """
    memory_mb: int
    """ Memory in MiB. """
    storage_gb: float
    """ Storage in GiB. """
    gpu_count: int
    """ GPUs. """
    timeout_seconds: int
    """ How long the container would run, in seconds. """

    def to_dict(self) -> dict[str, Any]:
        cpu_cores = self.cpu_cores

        memory_mb = self.memory_mb

        storage_gb = self.storage_gb

        gpu_count = self.gpu_count

        timeout_seconds = self.timeout_seconds

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "cpuCores": cpu_cores,
                "memoryMb": memory_mb,
                "storageGb": storage_gb,
                "gpuCount": gpu_count,
                "timeoutSeconds": timeout_seconds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        cpu_cores = d.pop("cpuCores")

        memory_mb = d.pop("memoryMb")

        storage_gb = d.pop("storageGb")

        gpu_count = d.pop("gpuCount")

        timeout_seconds = d.pop("timeoutSeconds")

        cost_estimate_request = cls(
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            storage_gb=storage_gb,
            gpu_count=gpu_count,
            timeout_seconds=timeout_seconds,
        )

        return cost_estimate_request
