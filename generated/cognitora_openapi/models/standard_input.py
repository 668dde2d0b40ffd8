from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.file_encoding import FileEncoding, check_file_encoding
from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="StandardInput")


@_attrs_define(repr=False)
class StandardInput(Discreet):
    """What a program reads from its standard input."""

    content: str
    """ The input, as `encoding` says. """
    encoding: FileEncoding | Unset = "string"
    """ How a file's content is written in JSON. """

    def to_dict(self) -> dict[str, Any]:
        content = self.content

        encoding: str | Unset = UNSET
        if not isinstance(self.encoding, Unset):
            encoding = self.encoding

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "content": content,
            }
        )
        if encoding is not UNSET:
            field_dict["encoding"] = encoding

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        content = d.pop("content")

        _encoding = d.pop("encoding", UNSET)
        encoding: FileEncoding | Unset
        if isinstance(_encoding, Unset):
            encoding = UNSET
        else:
            encoding = check_file_encoding(_encoding)

        standard_input = cls(
            content=content,
            encoding=encoding,
        )

        return standard_input
