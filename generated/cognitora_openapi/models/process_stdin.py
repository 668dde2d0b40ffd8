from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present

T = TypeVar("T", bound="ProcessStdin")


@_attrs_define(kw_only=True, repr=False)
class ProcessStdin(ResponseModel):
    """What a process has been given."""

    offset: int
    """ How many bytes it has been given so far, with those of this call. """
    closed: bool
    """ Whether its standard input has ended. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"offset": "offset", "closed": "closed"}

    def to_dict(self) -> dict[str, Any]:
        offset = self.offset

        closed = self.closed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "offset": offset,
                    "closed": closed,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        offset = d.pop("offset")

        closed = d.pop("closed")

        process_stdin = cls.__new__(cls)
        process_stdin.offset = offset
        process_stdin.closed = closed

        process_stdin.additional_properties = d
        return process_stdin
