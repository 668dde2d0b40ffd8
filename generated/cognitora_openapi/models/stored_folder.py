from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="StoredFolder")


@_attrs_define(kw_only=True, repr=False)
class StoredFolder(ResponseModel):
    """A folder that was written."""

    path: str
    """ The folder's path, as it was asked for. """
    files: int
    """ How many files, folders and links were written. """
    size: int
    """ The size of the files in bytes, all together. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"path": "path", "files": "files", "size": "size"}

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        files = self.files

        size = self.size

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "path": path,
                    "files": files,
                    "size": size,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        path = d.pop("path")

        files = d.pop("files")

        size = d.pop("size")

        stored_folder = cls.__new__(cls)
        stored_folder.path = path
        stored_folder.files = files
        stored_folder.size = size

        stored_folder.additional_properties = d
        return stored_folder
