from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.execution_status import ExecutionStatus
from ..models.language import Language
from ..response_model import ResponseModel, moment, present, rows

if TYPE_CHECKING:
    from ..models.execute_code_output import ExecuteCodeOutput


T = TypeVar("T", bound="InterpreterExecution")


@_attrs_define(kw_only=True, repr=False)
class InterpreterExecution(ResponseModel):
    """The record of an execution."""

    id: str
    """ The execution's id. """
    session_id: None | str = None
    """ The session it ran in. """
    language: Language | None | str = None
    """ Its language. """
    status: ExecutionStatus | str
    """ How it stands: `completed`, `failed`, `timeout`, `running`, or one that a newer server knows. """
    code: None | str = None
    """ The code. """
    outputs: list[ExecuteCodeOutput] | None = None
    """ What the code printed, showed and raised, in order; null or absent in a list that was asked for without.
     """
    uploaded_files: list[str] | None = None
    """ The names of the files that were sent with the code. """
    errors: list[str] | None = None
    """ What went wrong, a line each. """
    execution_time_ms: float | None = None
    """ How long the code ran, in milliseconds. """
    cpu_time_ms: float | None = None
    """ The CPU time it used, in milliseconds. """
    peak_memory_mb: float | None = None
    """ The most memory its sandbox has held, in MiB. """
    created_at: datetime.datetime | None = None
    """ When the execution was asked for. """
    completed_at: datetime.datetime | None = None
    """ When it ended. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "id": "id",
        "session_id": "session_id",
        "language": "language",
        "status": "status",
        "code": "code",
        "outputs": "outputs",
        "uploaded_files": "uploaded_files",
        "errors": "errors",
        "execution_time_ms": "execution_time_ms",
        "cpu_time_ms": "cpu_time_ms",
        "peak_memory_mb": "peak_memory_mb",
        "created_at": "created_at",
        "completed_at": "completed_at",
    }

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        session_id: None | str
        session_id = self.session_id

        language: None | str
        if isinstance(self.language, str):
            language = self.language
        else:
            language = self.language

        status: str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        code: None | str
        code = self.code

        outputs: list[dict[str, Any]] | None
        if isinstance(self.outputs, list):
            outputs = []
            for outputs_type_0_item_data in self.outputs:
                outputs_type_0_item = outputs_type_0_item_data.to_dict()
                outputs.append(outputs_type_0_item)

        else:
            outputs = self.outputs

        uploaded_files: list[str] | None
        if isinstance(self.uploaded_files, list):
            uploaded_files = self.uploaded_files

        else:
            uploaded_files = self.uploaded_files

        errors: list[str] | None
        if isinstance(self.errors, list):
            errors = self.errors

        else:
            errors = self.errors

        execution_time_ms: float | None
        execution_time_ms = self.execution_time_ms

        cpu_time_ms: float | None
        cpu_time_ms = self.cpu_time_ms

        peak_memory_mb: float | None
        peak_memory_mb = self.peak_memory_mb

        created_at: None | str
        if isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        completed_at: None | str
        if isinstance(self.completed_at, datetime.datetime):
            completed_at = self.completed_at.isoformat()
        else:
            completed_at = self.completed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "id": id,
                    "session_id": session_id,
                    "language": language,
                    "status": status,
                    "code": code,
                    "outputs": outputs,
                    "uploaded_files": uploaded_files,
                    "errors": errors,
                    "execution_time_ms": execution_time_ms,
                    "cpu_time_ms": cpu_time_ms,
                    "peak_memory_mb": peak_memory_mb,
                    "created_at": created_at,
                    "completed_at": completed_at,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execute_code_output import ExecuteCodeOutput

        d = dict(src_dict)
        id = d.pop("id")

        session_id = d.pop("session_id", None)

        language = d.pop("language", None)

        status = d.pop("status")

        code = d.pop("code", None)

        def _parse_outputs(data: object) -> list[ExecuteCodeOutput] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()

                outputs_type_0 = rows(data, ExecuteCodeOutput.from_dict)

                return outputs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ExecuteCodeOutput] | None, data)

        outputs = _parse_outputs(d.pop("outputs", None))

        uploaded_files = d.pop("uploaded_files", None)

        errors = d.pop("errors", None)

        execution_time_ms = d.pop("execution_time_ms", None)

        cpu_time_ms = d.pop("cpu_time_ms", None)

        peak_memory_mb = d.pop("peak_memory_mb", None)

        created_at = moment(d.pop("created_at", None))

        completed_at = moment(d.pop("completed_at", None))

        interpreter_execution = cls.__new__(cls)
        interpreter_execution.id = id
        interpreter_execution.session_id = session_id
        interpreter_execution.language = language
        interpreter_execution.status = status
        interpreter_execution.code = code
        interpreter_execution.outputs = outputs
        interpreter_execution.uploaded_files = uploaded_files
        interpreter_execution.errors = errors
        interpreter_execution.execution_time_ms = execution_time_ms
        interpreter_execution.cpu_time_ms = cpu_time_ms
        interpreter_execution.peak_memory_mb = peak_memory_mb
        interpreter_execution.created_at = created_at
        interpreter_execution.completed_at = completed_at

        interpreter_execution.additional_properties = d
        return interpreter_execution
