from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.output_type import OutputType
from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="ExecuteCodeOutput")


@_attrs_define(kw_only=True, repr=False)
class ExecuteCodeOutput(ResponseModel):
    """One piece of an execution's output."""

    type: OutputType | str
    """ Its kind: see OutputType; or one that a newer server knows. """
    data: Any = None
    """ The text, for `stdout`, `stderr`, `error` and `execution_result`; for `display_data` and
    `update_display_data` an object from MIME type to content, binary content in base64.
     """
    mime_bundle: Any = None
    """ For a rich `execution_result`, an object from MIME type to content, binary content in base64. """
    timestamp: datetime.datetime | None = None
    """ When the output was made. """
    metadata: Any = None
    """ An object, what was said of the content, as in notebooks (by MIME type, say the width and height of a
    picture). """
    display_id: None | str = None
    """ By which a later `update_display_data` names what it takes the place of. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "type": "type",
        "data": "data",
        "mime_bundle": "mime_bundle",
        "timestamp": "timestamp",
        "metadata": "metadata",
        "display_id": "display_id",
    }

    def to_dict(self) -> dict[str, Any]:
        type_: str
        if isinstance(self.type, str):
            type_ = self.type
        else:
            type_ = self.type

        data = self.data

        mime_bundle = self.mime_bundle

        timestamp: None | str
        if isinstance(self.timestamp, datetime.datetime):
            timestamp = self.timestamp.isoformat()
        else:
            timestamp = self.timestamp

        metadata = self.metadata

        display_id: None | str
        display_id = self.display_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "type": type_,
                    "data": data,
                    "mime_bundle": mime_bundle,
                    "timestamp": timestamp,
                    "metadata": metadata,
                    "display_id": display_id,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        type_ = d.pop("type")

        data = d.pop("data", None)

        mime_bundle = d.pop("mime_bundle", None)

        timestamp = moment(d.pop("timestamp", None))

        metadata = d.pop("metadata", None)

        display_id = d.pop("display_id", None)

        execute_code_output = cls.__new__(cls)
        execute_code_output.type = type_
        execute_code_output.data = data
        execute_code_output.mime_bundle = mime_bundle
        execute_code_output.timestamp = timestamp
        execute_code_output.metadata = metadata
        execute_code_output.display_id = display_id

        execute_code_output.additional_properties = d
        return execute_code_output
