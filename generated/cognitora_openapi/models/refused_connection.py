from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="RefusedConnection")


@_attrs_define(kw_only=True, repr=False)
class RefusedConnection(ResponseModel):
    """Something that was to be reached, and was refused."""

    protocol: str
    """ `tcp`, `udp`, `icmp` or another; `dns` for a name that was looked up. """
    target: None | str = None
    """ The address or the name; null for all that were too many to be listed one by one. """
    port: int | None = None
    """ The port, where there is one. """
    times: int | None = None
    """ How often. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "protocol": "protocol",
        "target": "target",
        "port": "port",
        "times": "times",
    }

    def to_dict(self) -> dict[str, Any]:
        protocol = self.protocol

        target: None | str
        target = self.target

        port: int | None
        port = self.port

        times: int | None
        times = self.times

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "protocol": protocol,
                    "target": target,
                    "port": port,
                    "times": times,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        protocol = d.pop("protocol")

        target = d.pop("target", None)

        port = d.pop("port", None)

        times = d.pop("times", None)

        refused_connection = cls.__new__(cls)
        refused_connection.protocol = protocol
        refused_connection.target = target
        refused_connection.port = port
        refused_connection.times = times

        refused_connection.additional_properties = d
        return refused_connection
