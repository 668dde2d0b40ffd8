from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.output_type import OutputType
from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="SessionLogEntry")


@_attrs_define(kw_only=True, repr=False)
class SessionLogEntry(ResponseModel):
    """One entry of a session's log."""

    timestamp: datetime.datetime | None = None
    """ When the output was made. """
    type: None | OutputType | str = None
    """ Its kind: see OutputType; or one that a newer server knows. """
    message: None | str = None
    """ The text. """
    execution_id: None | str = None
    """ The execution it belongs to. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "timestamp": "timestamp",
        "type": "type",
        "message": "message",
        "execution_id": "execution_id",
    }

    def to_dict(self) -> dict[str, Any]:
        timestamp: None | str
        if isinstance(self.timestamp, datetime.datetime):
            timestamp = self.timestamp.isoformat()
        else:
            timestamp = self.timestamp

        type_: None | str
        if isinstance(self.type, str):
            type_ = self.type
        else:
            type_ = self.type

        message: None | str
        message = self.message

        execution_id: None | str
        execution_id = self.execution_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "timestamp": timestamp,
                    "type": type_,
                    "message": message,
                    "execution_id": execution_id,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        timestamp = moment(d.pop("timestamp", None))

        type_ = d.pop("type", None)

        message = d.pop("message", None)

        execution_id = d.pop("execution_id", None)

        session_log_entry = cls.__new__(cls)
        session_log_entry.timestamp = timestamp
        session_log_entry.type = type_
        session_log_entry.message = message
        session_log_entry.execution_id = execution_id

        session_log_entry.additional_properties = d
        return session_log_entry
