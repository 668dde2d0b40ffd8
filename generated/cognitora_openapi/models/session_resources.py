from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..answer import Answer, present

T = TypeVar("T", bound="SessionResources")


@_attrs_define(kw_only=True, repr=False)
class SessionResources(Answer):
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
        d = cls._read(src_dict)

        def _parse_cpu_cores(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        cpu_cores = _parse_cpu_cores(d.pop("cpu_cores", None))

        def _parse_memory_mb(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        memory_mb = _parse_memory_mb(d.pop("memory_mb", None))

        def _parse_storage_gb(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        storage_gb = _parse_storage_gb(d.pop("storage_gb", None))

        session_resources = cls(
            cpu_cores=cpu_cores,
            memory_mb=memory_mb,
            storage_gb=storage_gb,
        )

        session_resources.additional_properties = d
        return session_resources
