from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.container_status import ContainerStatus
from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="ContainerExecution")


@_attrs_define(kw_only=True, repr=False)
class ContainerExecution(ResponseModel):
    """The record of something that ran in a container."""

    id: str
    """ The execution's id. """
    container_id: None | str = None
    """ The container it ran in. """
    status: ContainerStatus | None | str = None
    """ How it stands; `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in either case. """
    command: list[str] | None = None
    """ The command and its arguments. """
    output: None | str = None
    """ What the command printed. """
    exit_code: int | None = None
    """ The command's exit code. """
    reason: None | str = None
    """ Why it failed or was stopped, as a sentence. """
    created_at: datetime.datetime | None = None
    """ When it was asked for. """
    started_at: datetime.datetime | None = None
    """ When it started. """
    completed_at: datetime.datetime | None = None
    """ When it ended. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "id": "id",
        "containerId": "container_id",
        "status": "status",
        "command": "command",
        "output": "output",
        "exitCode": "exit_code",
        "reason": "reason",
        "createdAt": "created_at",
        "startedAt": "started_at",
        "completedAt": "completed_at",
    }

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        container_id: None | str
        container_id = self.container_id

        status: None | str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        command: list[str] | None
        if isinstance(self.command, list):
            command = self.command

        else:
            command = self.command

        output: None | str
        output = self.output

        exit_code: int | None
        exit_code = self.exit_code

        reason: None | str
        reason = self.reason

        created_at: None | str
        if isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

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
                    "containerId": container_id,
                    "status": status,
                    "command": command,
                    "output": output,
                    "exitCode": exit_code,
                    "reason": reason,
                    "createdAt": created_at,
                    "startedAt": started_at,
                    "completedAt": completed_at,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        container_id = d.pop("containerId", None)

        status = d.pop("status", None)

        command = d.pop("command", None)

        output = d.pop("output", None)

        exit_code = d.pop("exitCode", None)

        reason = d.pop("reason", None)

        created_at = moment(d.pop("createdAt", None))

        started_at = moment(d.pop("startedAt", None))

        completed_at = moment(d.pop("completedAt", None))

        container_execution = cls.__new__(cls)
        container_execution.id = id
        container_execution.container_id = container_id
        container_execution.status = status
        container_execution.command = command
        container_execution.output = output
        container_execution.exit_code = exit_code
        container_execution.reason = reason
        container_execution.created_at = created_at
        container_execution.started_at = started_at
        container_execution.completed_at = completed_at

        container_execution.additional_properties = d
        return container_execution
