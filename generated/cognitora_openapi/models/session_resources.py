from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="SessionResources")


@_attrs_define(kw_only=True, repr=False)
class SessionResources(ResponseModel):
    """What a session may use."""

    cpu_cores: float | None = None
    """ CPU cores. """
    memory_mb: float | None = None
    """ Memory in MiB. """
    storage_gb: float | None = None
    """ Storage in GiB. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "cpu_cores": "cpu_cores",
        "memory_mb": "memory_mb",
        "storage_gb": "storage_gb",
    }

    def to_dict(self) -> dict[str, Any]:
        cpu_cores: float | None
        cpu_cores = self.cpu_cores

        memory_mb: float | None
        memory_mb = self.memory_mb

        storage_gb: float | None
        storage_gb = self.storage_gb

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "cpu_cores": cpu_cores,
                    "memory_mb": memory_mb,
                    "storage_gb": storage_gb,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        cpu_cores = d.pop("cpu_cores", None)

        memory_mb = d.pop("memory_mb", None)

        storage_gb = d.pop("storage_gb", None)

        session_resources = cls.__new__(cls)
        session_resources.cpu_cores = cpu_cores
        session_resources.memory_mb = memory_mb
        session_resources.storage_gb = storage_gb

        session_resources.additional_properties = d
        return session_resources
