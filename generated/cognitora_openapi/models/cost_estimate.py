from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="CostEstimate")


@_attrs_define(kw_only=True, repr=False)
class CostEstimate(ResponseModel):
    """What a container would cost."""

    estimated_credits: float
    """ The price, in credits. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"estimated_credits": "estimated_credits"}

    def to_dict(self) -> dict[str, Any]:
        estimated_credits = self.estimated_credits

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "estimated_credits": estimated_credits,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        estimated_credits = d.pop("estimated_credits")

        cost_estimate = cls.__new__(cls)
        cost_estimate.estimated_credits = estimated_credits

        cost_estimate.additional_properties = d
        return cost_estimate
