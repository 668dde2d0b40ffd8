from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.container_status import ContainerStatus
from ..response_model import ResponseModel, moment, present

if TYPE_CHECKING:
    from ..models.execution_resources import ExecutionResources


T = TypeVar("T", bound="Execution")


@_attrs_define(kw_only=True, repr=False)
class Execution(ResponseModel):
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
    reason: None | str = None
    """ Why it failed or was stopped, as a sentence. """
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
    metadata: dict[str, Any] | None = None
    """ The words that it was given, by name. """
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
        "reason": "reason",
        "persistent": "persistent",
        "createdAt": "created_at",
        "startedAt": "started_at",
        "completedAt": "completed_at",
        "expiresAt": "expires_at",
        "timeoutSeconds": "timeout_seconds",
        "metadata": "metadata",
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

        reason: None | str
        reason = self.reason

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

        metadata = self.metadata

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
                    "reason": reason,
                    "persistent": persistent,
                    "createdAt": created_at,
                    "startedAt": started_at,
                    "completedAt": completed_at,
                    "expiresAt": expires_at,
                    "timeoutSeconds": timeout_seconds,
                    "metadata": metadata,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.execution_resources import ExecutionResources

        d = dict(src_dict)
        id = d.pop("id")

        status = d.pop("status")

        image = d.pop("image", None)

        command = d.pop("command", None)

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

        max_cost_credits = d.pop("maxCostCredits", None)

        actual_cost_credits = d.pop("actualCostCredits", None)

        exit_code = d.pop("exitCode", None)

        reason = d.pop("reason", None)

        persistent = d.pop("persistent", None)

        created_at = moment(d.pop("createdAt", None))

        started_at = moment(d.pop("startedAt", None))

        completed_at = moment(d.pop("completedAt", None))

        expires_at = moment(d.pop("expiresAt", None))

        timeout_seconds = d.pop("timeoutSeconds", None)

        metadata = d.pop("metadata", None)

        execution = cls.__new__(cls)
        execution.id = id
        execution.status = status
        execution.image = image
        execution.command = command
        execution.resources = resources
        execution.max_cost_credits = max_cost_credits
        execution.actual_cost_credits = actual_cost_credits
        execution.exit_code = exit_code
        execution.reason = reason
        execution.persistent = persistent
        execution.created_at = created_at
        execution.started_at = started_at
        execution.completed_at = completed_at
        execution.expires_at = expires_at
        execution.timeout_seconds = timeout_seconds
        execution.metadata = metadata

        execution.additional_properties = d
        return execution
