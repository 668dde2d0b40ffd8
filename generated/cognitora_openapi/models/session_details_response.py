from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

if TYPE_CHECKING:
    from ..models.session_details import SessionDetails


T = TypeVar("T", bound="SessionDetailsResponse")


@_attrs_define(kw_only=True, repr=False)
class SessionDetailsResponse(ResponseModel):
    """A session with its executions, in its envelope."""

    data: SessionDetails
    """ A session with its executions. """
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
        from ..models.session_details import SessionDetails

        d = dict(src_dict)
        data = SessionDetails.from_dict(d.pop("data"))

        session_details_response = cls.__new__(cls)
        session_details_response.data = data

        session_details_response.additional_properties = d
        return session_details_response
