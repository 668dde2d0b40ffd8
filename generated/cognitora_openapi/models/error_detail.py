from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="ErrorDetail")


@_attrs_define(kw_only=True, repr=False)
class ErrorDetail(ResponseModel):
    """What went wrong."""

    message: None | str = None
    """ A sentence. """
    code: None | str = None
    """ What went wrong, as a word that programs can compare. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"message": "message", "code": "code"}

    def to_dict(self) -> dict[str, Any]:
        message: None | str
        message = self.message

        code: None | str
        code = self.code

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "message": message,
                    "code": code,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        message = d.pop("message", None)

        code = d.pop("code", None)

        error_detail = cls.__new__(cls)
        error_detail.message = message
        error_detail.code = code

        error_detail.additional_properties = d
        return error_detail
