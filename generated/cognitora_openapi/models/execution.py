from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..answer import Answer, present
from ..models.container_status import ContainerStatus, check_container_status

if TYPE_CHECKING:
    from ..models.execution_resources import ExecutionResources


T = TypeVar("T", bound="Execution")


@_attrs_define(kw_only=True, repr=False)
class Execution(Answer):
    """A container, one-shot or persistent."""

    id: str
    """ The container's id. """
    status: ContainerStatus | str
    """ How it stands; `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in either case. """
    image: None | str = None
    """ The image. """
    command: list[str] | None = None
    """ The command and its arguments. """
    resources: ExecutionResources | None = None
    """ What it may use. """
    max_cost_credits: float | None = None
    """ The most that the container may cost, in credits. """
    actual_cost_credits: float | None = None
    """ What the container has cost, in credits. """
    exit_code: int | None = None
    """ The exit code of the command that ended. """
    persistent: bool | None = None
    """ Whether the container stays up when its command has ended. """
    created_at: datetime.datetime | None = None
    """ When the container was asked for. """
    started_at: datetime.datetime | None = None
    """ When it started. """
    completed_at: datetime.datetime | None = None
    """ When it ended. """
    expires_at: datetime.datetime | None = None
    """ When a persistent container ends. """
    timeout_seconds: int | None = None
    """ How long the container may run, in seconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "id": "id",
        "status": "status",
        "image": "image",
        "command": "command",
        "resources": "resources",
        "maxCostCredits": "max_cost_credits",
        "actualCostCredits": "actual_cost_credits",
        "exitCode": "exit_code",
        "persistent": "persistent",
        "createdAt": "created_at",
        "startedAt": "started_at",
        "completedAt": "completed_at",
        "expiresAt": "expires_at",
        "timeoutSeconds": "timeout_seconds",
    }

    def to_dict(self) -> dict[str, Any]:
        from ..models.execution_resources import ExecutionResources

        id = self.id

        status: str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        image: None | str
        image = self.image

        command: list[str] | None
        if isinstance(self.command, list):
            command = self.command

        else:
            command = self.command

        resources: dict[str, Any] | None
        if isinstance(self.resources, ExecutionResources):
            resources = self.resources.to_dict()
        else:
            resources = self.resources

        max_cost_credits: float | None
        max_cost_credits = self.max_cost_credits

        actual_cost_credits: float | None
        actual_cost_credits = self.actual_cost_credits

        exit_code: int | None
        exit_code = self.exit_code

        persistent: bool | None
        persistent = self.persistent

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

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        timeout_seconds: int | None
        timeout_seconds = self.timeout_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "id": id,
                    "status": status,
                    "image": image,
                    "command": command,
                    "resources": resources,
                    "maxCostCredits": max_cost_credits,
                    "actualCostCredits": actual_cost_credits,
                    "exitCode": exit_code,
                    "persistent": persistent,
                    "createdAt": created_at,
                    "startedAt": started_at,
                    "completedAt": completed_at,
                    "expiresAt": expires_at,
                    "timeoutSeconds": timeout_seconds,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execution_resources import ExecutionResources

        d = cls._read(src_dict)
        id = d.pop("id")

        def _parse_status(data: object) -> ContainerStatus | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                status_type_0 = check_container_status(data)

                return status_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ContainerStatus | str, data)

        status = _parse_status(d.pop("status"))

        def _parse_image(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        image = _parse_image(d.pop("image", None))

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

        def _parse_resources(data: object) -> ExecutionResources | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                resources_type_0 = ExecutionResources.from_dict(data)

                return resources_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ExecutionResources | None, data)

        resources = _parse_resources(d.pop("resources", None))

        def _parse_max_cost_credits(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        max_cost_credits = _parse_max_cost_credits(d.pop("maxCostCredits", None))

        def _parse_actual_cost_credits(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        actual_cost_credits = _parse_actual_cost_credits(d.pop("actualCostCredits", None))

        def _parse_exit_code(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        exit_code = _parse_exit_code(d.pop("exitCode", None))

        def _parse_persistent(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        persistent = _parse_persistent(d.pop("persistent", None))

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

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expiresAt", None))

        def _parse_timeout_seconds(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        timeout_seconds = _parse_timeout_seconds(d.pop("timeoutSeconds", None))

        execution = cls(
            id=id,
            status=status,
            image=image,
            command=command,
            resources=resources,
            max_cost_credits=max_cost_credits,
            actual_cost_credits=actual_cost_credits,
            exit_code=exit_code,
            persistent=persistent,
            created_at=created_at,
            started_at=started_at,
            completed_at=completed_at,
            expires_at=expires_at,
            timeout_seconds=timeout_seconds,
        )

        execution.additional_properties = d
        return execution
