from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.execution_status import ExecutionStatus
from ..response_model import ResponseModel, moment, present, rows

if TYPE_CHECKING:
    from ..models.execute_code_output import ExecuteCodeOutput


T = TypeVar("T", bound="ExecuteCodeData")


@_attrs_define(kw_only=True, repr=False)
class ExecuteCodeData(ResponseModel):
    """What an execution gave."""

    session_id: None | str = None
    """ The session the code ran in. A one-shot's own is closed already. """
    execution_id: None | str = None
    """ The execution's id, for `get_execution`. """
    status: ExecutionStatus | str
    """ How it stands: `completed`, `failed`, `timeout`, `running`, or one that a newer server knows. """
    outputs: list[ExecuteCodeOutput]
    """ What the code printed, showed and raised, in order. """
    execution_time_ms: float | None = None
    """ How long the code ran, in milliseconds. """
    created_at: datetime.datetime | None = None
    """ When the execution was asked for. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "session_id": "session_id",
        "execution_id": "execution_id",
        "status": "status",
        "outputs": "outputs",
        "execution_time_ms": "execution_time_ms",
        "created_at": "created_at",
    }

    def to_dict(self) -> dict[str, Any]:
        session_id: None | str
        session_id = self.session_id

        execution_id: None | str
        execution_id = self.execution_id

        status: str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        outputs = []
        for outputs_item_data in self.outputs:
            outputs_item = outputs_item_data.to_dict()
            outputs.append(outputs_item)

        execution_time_ms: float | None
        execution_time_ms = self.execution_time_ms

        created_at: None | str
        if isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "session_id": session_id,
                    "execution_id": execution_id,
                    "status": status,
                    "outputs": outputs,
                    "execution_time_ms": execution_time_ms,
                    "created_at": created_at,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execute_code_output import ExecuteCodeOutput

        d = dict(src_dict)

        session_id = d.pop("session_id", None)

        execution_id = d.pop("execution_id", None)

        status = d.pop("status")

        outputs = rows(d.pop("outputs"), ExecuteCodeOutput.from_dict)

        execution_time_ms = d.pop("execution_time_ms", None)

        created_at = moment(d.pop("created_at", None))

        execute_code_data = cls.__new__(cls)
        execute_code_data.session_id = session_id
        execute_code_data.execution_id = execution_id
        execute_code_data.status = status
        execute_code_data.outputs = outputs
        execute_code_data.execution_time_ms = execution_time_ms
        execute_code_data.created_at = created_at

        execute_code_data.additional_properties = d
        return execute_code_data
