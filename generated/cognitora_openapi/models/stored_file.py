from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="StoredFile")


@_attrs_define(kw_only=True, repr=False)
class StoredFile(ResponseModel):
    """A file that was written."""

    path: str
    """ The file's path, as it was asked for. """
    size: int
    """ The file's size in bytes. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"path": "path", "size": "size"}

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        size = self.size

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "path": path,
                    "size": size,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        path = d.pop("path")

        size = d.pop("size")

        stored_file = cls.__new__(cls)
        stored_file.path = path
        stored_file.size = size

        stored_file.additional_properties = d
        return stored_file
