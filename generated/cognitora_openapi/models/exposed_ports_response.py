from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.exposed_port import ExposedPort


T = TypeVar("T", bound="ExposedPortsResponse")


@_attrs_define(kw_only=True, repr=False)
class ExposedPortsResponse(ResponseModel):
    """The ports that are exposed."""

    ports: list[ExposedPort]
    """ The ports, by their numbers. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"ports": "ports"}

    def to_dict(self) -> dict[str, Any]:
        ports = []
        for ports_item_data in self.ports:
            ports_item = ports_item_data.to_dict()
            ports.append(ports_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "ports": ports,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.exposed_port import ExposedPort

        d = dict(src_dict)

        ports = rows(d.pop("ports"), ExposedPort.from_dict)

        exposed_ports_response = cls.__new__(cls)
        exposed_ports_response.ports = ports

        exposed_ports_response.additional_properties = d
        return exposed_ports_response
