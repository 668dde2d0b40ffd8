from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.file_encoding import FileEncoding
from ..models.output_stream import OutputStream
from ..response_model import ResponseModel, present

T = TypeVar("T", bound="ProcessOutputPiece")


@_attrs_define(kw_only=True, repr=False)
class ProcessOutputPiece(ResponseModel):
    """What a process has printed in one go."""

    stream: OutputStream | str
    """ Where it was printed to. """
    offset: int
    """ Where its first byte stands in the output, of both streams together. """
    data: str
    """ What was printed, as `encoding` says. """
    encoding: FileEncoding | None | str = None
    """ `string`: the text itself, whose bytes are UTF-8. `base64`: bytes in base64. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "stream": "stream",
        "offset": "offset",
        "data": "data",
        "encoding": "encoding",
    }

    def to_dict(self) -> dict[str, Any]:
        stream: str
        if isinstance(self.stream, str):
            stream = self.stream
        else:
            stream = self.stream

        offset = self.offset

        data = self.data

        encoding: None | str
        if isinstance(self.encoding, str):
            encoding = self.encoding
        else:
            encoding = self.encoding

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "stream": stream,
                    "offset": offset,
                    "data": data,
                    "encoding": encoding,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        stream = d.pop("stream")

        offset = d.pop("offset")

        data = d.pop("data")

        encoding = d.pop("encoding", None)

        process_output_piece = cls.__new__(cls)
        process_output_piece.stream = stream
        process_output_piece.offset = offset
        process_output_piece.data = data
        process_output_piece.encoding = encoding

        process_output_piece.additional_properties = d
        return process_output_piece
