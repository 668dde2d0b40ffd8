from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.process_info import ProcessInfo


T = TypeVar("T", bound="ProcessesResponse")


@_attrs_define(kw_only=True, repr=False)
class ProcessesResponse(ResponseModel):
    """A page of processes."""

    processes: list[ProcessInfo]
    """ The processes, the newest first. """
    next: None | str = None
    """ What to pass as `after` for the page that follows; null or absent on the last one. A page may hold fewer
    entries than were asked for and still not be the last.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"processes": "processes", "next": "next"}

    def to_dict(self) -> dict[str, Any]:
        processes = []
        for processes_item_data in self.processes:
            processes_item = processes_item_data.to_dict()
            processes.append(processes_item)

        next_: None | str
        next_ = self.next

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "processes": processes,
                    "next": next_,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.process_info import ProcessInfo

        d = dict(src_dict)

        processes = rows(d.pop("processes"), ProcessInfo.from_dict)

        next_ = d.pop("next", None)

        processes_response = cls.__new__(cls)
        processes_response.processes = processes
        processes_response.next = next_

        processes_response.additional_properties = d
        return processes_response
