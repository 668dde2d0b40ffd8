from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.refused_connection import RefusedConnection


T = TypeVar("T", bound="EgressStatus")


@_attrs_define(kw_only=True, repr=False)
class EgressStatus(ResponseModel):
    """What a session or container may reach, and what it was refused."""

    egress: list[str] | None = None
    """ What may be reached with networking; null where that is everything outside. """
    refused: list[RefusedConnection]
    """ What it has tried to reach, and wasn't let. Where that is very much, only a part is listed one by one. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"egress": "egress", "refused": "refused"}

    def to_dict(self) -> dict[str, Any]:
        egress: list[str] | None
        if isinstance(self.egress, list):
            egress = self.egress

        else:
            egress = self.egress

        refused = []
        for refused_item_data in self.refused:
            refused_item = refused_item_data.to_dict()
            refused.append(refused_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "egress": egress,
                    "refused": refused,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.refused_connection import RefusedConnection

        d = dict(src_dict)

        egress = d.pop("egress", None)

        refused = rows(d.pop("refused"), RefusedConnection.from_dict)

        egress_status = cls.__new__(cls)
        egress_status.egress = egress
        egress_status.refused = refused

        egress_status.additional_properties = d
        return egress_status
