from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

if TYPE_CHECKING:
    from ..models.session_logs import SessionLogs


T = TypeVar("T", bound="SessionLogsResponse")


@_attrs_define(kw_only=True, repr=False)
class SessionLogsResponse(ResponseModel):
    """Log entries in their envelope."""

    data: SessionLogs
    """ Log entries. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"data": "data"}

    def to_dict(self) -> dict[str, Any]:
        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "data": data,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.session_logs import SessionLogs

        d = dict(src_dict)
        data = SessionLogs.from_dict(d.pop("data"))

        session_logs_response = cls.__new__(cls)
        session_logs_response.data = data

        session_logs_response.additional_properties = d
        return session_logs_response
