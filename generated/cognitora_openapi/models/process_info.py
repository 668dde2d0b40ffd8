from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.container_status import ContainerStatus
from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="ProcessInfo")


@_attrs_define(kw_only=True, repr=False)
class ProcessInfo(ResponseModel):
    """A command in the background of a session or a container."""

    id: str
    """ The process's id. """
    session_id: None | str = None
    """ The session that it runs in, if it is one. """
    container_id: None | str = None
    """ The container that it runs in, if it is one. """
    command: list[str]
    """ The command and its arguments. """
    status: ContainerStatus | str
    """ `RUNNING`; `COMPLETED` with exit code 0, else `FAILED`; `TIMEOUT` where its time was up; `CANCELLED` where
    it
    ended with its session or container.
     """
    exit_code: int | None = None
    """ Its exit code, 128 + n where signal n has killed it; null while it runs, and where nobody knows. """
    reason: None | str = None
    """ Why it failed or was stopped, as a sentence. """
    tty: bool | None = None
    """ Whether it has a terminal. """
    output_bytes: int | None = None
    """ How many bytes of its output are kept so far. """
    output_limit: int | None = None
    """ How many bytes of its output are kept at most. What it prints beyond is lost, and it goes on. """
    output_cut: bool | None = None
    """ Whether it has printed more than is kept. """
    stdin_bytes: int | None = None
    """ How many bytes it has been given by its standard input. """
    created_at: datetime.datetime | None = None
    """ When it was asked for. """
    started_at: datetime.datetime | None = None
    """ When it was started. """
    completed_at: datetime.datetime | None = None
    """ When it ended. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "id": "id",
        "session_id": "session_id",
        "container_id": "container_id",
        "command": "command",
        "status": "status",
        "exit_code": "exit_code",
        "reason": "reason",
        "tty": "tty",
        "output_bytes": "output_bytes",
        "output_limit": "output_limit",
        "output_cut": "output_cut",
        "stdin_bytes": "stdin_bytes",
        "created_at": "created_at",
        "started_at": "started_at",
        "completed_at": "completed_at",
    }

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        session_id: None | str
        session_id = self.session_id

        container_id: None | str
        container_id = self.container_id

        command = self.command

        status: str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        exit_code: int | None
        exit_code = self.exit_code

        reason: None | str
        reason = self.reason

        tty: bool | None
        tty = self.tty

        output_bytes: int | None
        output_bytes = self.output_bytes

        output_limit: int | None
        output_limit = self.output_limit

        output_cut: bool | None
        output_cut = self.output_cut

        stdin_bytes: int | None
        stdin_bytes = self.stdin_bytes

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
                    "session_id": session_id,
                    "container_id": container_id,
                    "command": command,
                    "status": status,
                    "exit_code": exit_code,
                    "reason": reason,
                    "tty": tty,
                    "output_bytes": output_bytes,
                    "output_limit": output_limit,
                    "output_cut": output_cut,
                    "stdin_bytes": stdin_bytes,
                    "created_at": created_at,
                    "started_at": started_at,
                    "completed_at": completed_at,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        session_id = d.pop("session_id", None)

        container_id = d.pop("container_id", None)

        command = cast(list[str], d.pop("command"))

        status = d.pop("status")

        exit_code = d.pop("exit_code", None)

        reason = d.pop("reason", None)

        tty = d.pop("tty", None)

        output_bytes = d.pop("output_bytes", None)

        output_limit = d.pop("output_limit", None)

        output_cut = d.pop("output_cut", None)

        stdin_bytes = d.pop("stdin_bytes", None)

        created_at = moment(d.pop("created_at", None))

        started_at = moment(d.pop("started_at", None))

        completed_at = moment(d.pop("completed_at", None))

        process_info = cls.__new__(cls)
        process_info.id = id
        process_info.session_id = session_id
        process_info.container_id = container_id
        process_info.command = command
        process_info.status = status
        process_info.exit_code = exit_code
        process_info.reason = reason
        process_info.tty = tty
        process_info.output_bytes = output_bytes
        process_info.output_limit = output_limit
        process_info.output_cut = output_cut
        process_info.stdin_bytes = stdin_bytes
        process_info.created_at = created_at
        process_info.started_at = started_at
        process_info.completed_at = completed_at

        process_info.additional_properties = d
        return process_info
