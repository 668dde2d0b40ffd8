from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

if TYPE_CHECKING:
    from ..models.execute_code_data import ExecuteCodeData


T = TypeVar("T", bound="ExecuteCodeResponse")


@_attrs_define(kw_only=True, repr=False)
class ExecuteCodeResponse(ResponseModel):
    """How an execution ended."""

    data: ExecuteCodeData
    """ What an execution gave. """
    errors: list[str] | None = None
    """ What went wrong, a line each; empty or absent where nothing did. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"data": "data", "errors": "errors"}

    def to_dict(self) -> dict[str, Any]:
        data = self.data.to_dict()

        errors: list[str] | None
        if isinstance(self.errors, list):
            errors = self.errors

        else:
            errors = self.errors

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "data": data,
                    "errors": errors,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execute_code_data import ExecuteCodeData

        d = dict(src_dict)
        data = ExecuteCodeData.from_dict(d.pop("data"))

        errors = d.pop("errors", None)

        execute_code_response = cls.__new__(cls)
        execute_code_response.data = data
        execute_code_response.errors = errors

        execute_code_response.additional_properties = d
        return execute_code_response
