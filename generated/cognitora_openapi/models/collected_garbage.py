from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="CollectedGarbage")


@_attrs_define(kw_only=True, repr=False)
class CollectedGarbage(ResponseModel):
    """How much was removed."""

    containers: int
    """ Containers. """
    volumes: int
    """ Volumes. """
    networks: int
    """ Networks. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "containers": "containers",
        "volumes": "volumes",
        "networks": "networks",
    }

    def to_dict(self) -> dict[str, Any]:
        containers = self.containers

        volumes = self.volumes

        networks = self.networks

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "containers": containers,
                    "volumes": volumes,
                    "networks": networks,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        containers = d.pop("containers")

        volumes = d.pop("volumes")

        networks = d.pop("networks")

        collected_garbage = cls.__new__(cls)
        collected_garbage.containers = containers
        collected_garbage.volumes = volumes
        collected_garbage.networks = networks

        collected_garbage.additional_properties = d
        return collected_garbage
