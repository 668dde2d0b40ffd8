from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.file_entry import FileEntry


T = TypeVar("T", bound="FilesResponse")


@_attrs_define(kw_only=True, repr=False)
class FilesResponse(ResponseModel):
    """A page of what is in a folder."""

    files: list[FileEntry]
    """ What is there, in the order of the paths. """
    next: None | str = None
    """ What to pass as `after` for the page that follows; null or absent on the last one. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"files": "files", "next": "next"}

    def to_dict(self) -> dict[str, Any]:
        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_dict()
            files.append(files_item)

        next_: None | str
        next_ = self.next

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "files": files,
                    "next": next_,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.file_entry import FileEntry

        d = dict(src_dict)

        files = rows(d.pop("files"), FileEntry.from_dict)

        next_ = d.pop("next", None)

        files_response = cls.__new__(cls)
        files_response.files = files
        files_response.next = next_

        files_response.additional_properties = d
        return files_response
