from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.container_status import ContainerStatus
from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="ContainerUpdateResponse")


@_attrs_define(kw_only=True, repr=False)
class ContainerUpdateResponse(ResponseModel):
    """A container's new end."""

    id: str
    """ The container's id. """
    status: ContainerStatus | None | str = None
    """ How it stands; `COMPLETED`, `FAILED`, `CANCELLED` and `TIMEOUT` are final, in either case. """
    updated_at: datetime.datetime | None = None
    """ When it was changed. """
    expires_at: datetime.datetime | None = None
    """ When the container ends. """
    timeout_seconds: int | None = None
    """ How long the container lives, in seconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "id": "id",
        "status": "status",
        "updatedAt": "updated_at",
        "expiresAt": "expires_at",
        "timeoutSeconds": "timeout_seconds",
    }

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        status: None | str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        updated_at: None | str
        if isinstance(self.updated_at, datetime.datetime):
            updated_at = self.updated_at.isoformat()
        else:
            updated_at = self.updated_at

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
                    "updatedAt": updated_at,
                    "expiresAt": expires_at,
                    "timeoutSeconds": timeout_seconds,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        status = d.pop("status", None)

        updated_at = moment(d.pop("updatedAt", None))

        expires_at = moment(d.pop("expiresAt", None))

        timeout_seconds = d.pop("timeoutSeconds", None)

        container_update_response = cls.__new__(cls)
        container_update_response.id = id
        container_update_response.status = status
        container_update_response.updated_at = updated_at
        container_update_response.expires_at = expires_at
        container_update_response.timeout_seconds = timeout_seconds

        container_update_response.additional_properties = d
        return container_update_response
