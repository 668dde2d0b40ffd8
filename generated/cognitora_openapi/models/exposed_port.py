from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="ExposedPort")


@_attrs_define(kw_only=True, repr=False)
class ExposedPort(ResponseModel):
    """A port of a session or container that can be reached from outside."""

    port: int
    """ The port inside. """
    url: str
    """ Where it is reached by HTTP, and by WebSockets with `ws` for `http`. """
    address: None | str = None
    """ Host and port with a colon between them, by which any program reaches it by TCP, where that can be had. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"port": "port", "url": "url", "address": "address"}

    def to_dict(self) -> dict[str, Any]:
        port = self.port

        url = self.url

        address: None | str
        address = self.address

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "port": port,
                    "url": url,
                    "address": address,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        port = d.pop("port")

        url = d.pop("url")

        address = d.pop("address", None)

        exposed_port = cls.__new__(cls)
        exposed_port.port = port
        exposed_port.url = url
        exposed_port.address = address

        exposed_port.additional_properties = d
        return exposed_port
