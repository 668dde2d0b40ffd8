from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, present, rows

if TYPE_CHECKING:
    from ..models.interpreter_execution import InterpreterExecution


T = TypeVar("T", bound="InterpreterExecutionsResponse")


@_attrs_define(kw_only=True, repr=False)
class InterpreterExecutionsResponse(ResponseModel):
    """A page of executions."""

    executions: list[InterpreterExecution]
    """ The executions, the newest first. """
    next: None | str = None
    """ What to pass as `after` for the page that follows; null or absent on the last one. A page may hold fewer
    entries than were asked for and still not be the last.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {"executions": "executions", "next": "next"}

    def to_dict(self) -> dict[str, Any]:
        executions = []
        for executions_item_data in self.executions:
            executions_item = executions_item_data.to_dict()
            executions.append(executions_item)

        next_: None | str
        next_ = self.next

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "executions": executions,
                    "next": next_,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.interpreter_execution import InterpreterExecution

        d = dict(src_dict)

        executions = rows(d.pop("executions"), InterpreterExecution.from_dict)

        next_ = d.pop("next", None)

        interpreter_executions_response = cls.__new__(cls)
        interpreter_executions_response.executions = executions
        interpreter_executions_response.next = next_

        interpreter_executions_response.additional_properties = d
        return interpreter_executions_response
