from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.session_log_entry import SessionLogEntry


T = TypeVar("T", bound="SessionLogs")


@_attrs_define(kw_only=True, repr=False)
class SessionLogs(ResponseModel):
    """Log entries."""

    logs: list[SessionLogEntry]
    """ The entries, the newest first. """
    next: None | str = None
    """ What to pass as `after` for the page that follows; null or absent on the last one. A page may hold fewer
    entries than were asked for and still not be the last.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"logs": "logs", "next": "next"}

    def to_dict(self) -> dict[str, Any]:
        logs = []
        for logs_item_data in self.logs:
            logs_item = logs_item_data.to_dict()
            logs.append(logs_item)

        next_: None | str
        next_ = self.next

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "logs": logs,
                    "next": next_,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.session_log_entry import SessionLogEntry

        d = dict(src_dict)

        logs = rows(d.pop("logs"), SessionLogEntry.from_dict)

        next_ = d.pop("next", None)

        session_logs = cls.__new__(cls)
        session_logs.logs = logs
        session_logs.next = next_

        session_logs.additional_properties = d
        return session_logs
