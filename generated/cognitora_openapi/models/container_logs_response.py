from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="ContainerLogsResponse")


@_attrs_define(kw_only=True, repr=False)
class ContainerLogsResponse(ResponseModel):
    """A container's logs."""

    logs: str
    """ What the container has printed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"logs": "logs"}

    def to_dict(self) -> dict[str, Any]:
        logs = self.logs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "logs": logs,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        logs = d.pop("logs")

        container_logs_response = cls.__new__(cls)
        container_logs_response.logs = logs

        container_logs_response.additional_properties = d
        return container_logs_response
