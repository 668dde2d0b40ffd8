from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionResourcesRequest")


@_attrs_define(repr=False)
class SessionResourcesRequest(Discreet):
    """What a session may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB)."""

    cpu_cores: float | Unset = UNSET
    """ CPU cores; fractions are allowed. """
    memory_mb: int | Unset = UNSET
    """ Memory in MiB. """
    storage_gb: float | Unset = UNSET
    """ Storage in GiB. """

    def to_dict(self) -> dict[str, Any]:
        cpu_cores = self.cpu_cores

        memory_mb = self.memory_mb

        storage_gb = self.storage_gb

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if cpu_cores is not UNSET:
            field_dict["cpu_cores"] = cpu_cores
        if memory_mb is not UNSET:
            field_dict["memory_mb"] = memory_mb
        if storage_gb is not UNSET:
            field_dict["storage_gb"] = storage_gb

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        cpu_cores = d.pop("cpu_cores", UNSET)

        memory_mb = d.pop("memory_mb", UNSET)

        storage_gb = d.pop("storage_gb", UNSET)

        session_resources_request = cls(
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            storage_gb=storage_gb,
        )

        return session_resources_request
