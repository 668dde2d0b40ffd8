from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..answer import Answer, present
from ..models.container_status import ContainerStatus, check_container_status

T = TypeVar("T", bound="ContainerExecution")


@_attrs_define(kw_only=True, repr=False)
class ContainerExecution(Answer):
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
                    "createdAt": created_at,
                    "startedAt": started_at,
                    "completedAt": completed_at,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = cls._read(src_dict)
        id = d.pop("id")

        def _parse_container_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        container_id = _parse_container_id(d.pop("containerId", None))

        def _parse_status(data: object) -> ContainerStatus | None | str:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = check_container_status(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ContainerStatus | None | str, data)

        status = _parse_status(d.pop("status", None))

        def _parse_command(data: object) -> list[str] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                command_type_0 = cast(list[str], data)

                return command_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None, data)

        command = _parse_command(d.pop("command", None))

        def _parse_output(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        output = _parse_output(d.pop("output", None))

        def _parse_exit_code(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        exit_code = _parse_exit_code(d.pop("exitCode", None))

        def _parse_created_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        created_at = _parse_created_at(d.pop("createdAt", None))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        started_at = _parse_started_at(d.pop("startedAt", None))

        def _parse_completed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                completed_at_type_0 = datetime.datetime.fromisoformat(data)

                return completed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        completed_at = _parse_completed_at(d.pop("completedAt", None))

        container_execution = cls(
            id=id,
            container_id=container_id,
            status=status,
            command=command,
            output=output,
            exit_code=exit_code,
            created_at=created_at,
            started_at=started_at,
            completed_at=completed_at,
        )

        container_execution.additional_properties = d
        return container_execution
