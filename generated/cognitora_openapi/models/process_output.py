from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.process_output_piece import ProcessOutputPiece


T = TypeVar("T", bound="ProcessOutput")


@_attrs_define(kw_only=True, repr=False)
class ProcessOutput(ResponseModel):
    """A part of what a process has printed."""

    pieces: list[ProcessOutputPiece]
    """ What it printed, in order. """
    next_offset: int
    """ Where what follows begins. """
    ended: bool
    """ Whether nothing follows any more. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "pieces": "pieces",
        "next_offset": "next_offset",
        "ended": "ended",
    }

    def to_dict(self) -> dict[str, Any]:
        pieces = []
        for pieces_item_data in self.pieces:
            pieces_item = pieces_item_data.to_dict()
            pieces.append(pieces_item)

        next_offset = self.next_offset

        ended = self.ended

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "pieces": pieces,
                    "next_offset": next_offset,
                    "ended": ended,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.process_output_piece import ProcessOutputPiece

        d = dict(src_dict)

        pieces = rows(d.pop("pieces"), ProcessOutputPiece.from_dict)

        next_offset = d.pop("next_offset")

        ended = d.pop("ended")

        process_output = cls.__new__(cls)
        process_output.pieces = pieces
        process_output.next_offset = next_offset
        process_output.ended = ended

        process_output.additional_properties = d
        return process_output
