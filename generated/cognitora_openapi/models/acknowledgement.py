from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="Acknowledgement")


@_attrs_define(kw_only=True, repr=False)
class Acknowledgement(ResponseModel):
    """The call was carried out."""

    success: bool | None = None
    """ Whether it was carried out. """
    message: None | str = None
    """ What was done, in a sentence. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"success": "success", "message": "message"}

    def to_dict(self) -> dict[str, Any]:
        success: bool | None
        success = self.success

        message: None | str
        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "success": success,
                    "message": message,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        success = d.pop("success", None)

        message = d.pop("message", None)

        acknowledgement = cls.__new__(cls)
        acknowledgement.success = success
        acknowledgement.message = message

        acknowledgement.additional_properties = d
        return acknowledgement
