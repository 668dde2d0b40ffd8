from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.language import Language
from ..models.session_status import SessionStatus
from ..response_model import ResponseModel, moment, present

if TYPE_CHECKING:
    from ..models.session_resources import SessionResources


T = TypeVar("T", bound="Session")


@_attrs_define(kw_only=True, repr=False)
class Session(ResponseModel):
    """A session."""

    session_id: str
    """ The session's id. """
    language: Language | None | str = None
    """ Its language. """
    status: SessionStatus | str
    """ How it stands; code can be run in a session that is `active`. """
    expires_at: datetime.datetime | None = None
    """ When the session ends. """
    created_at: datetime.datetime | None = None
    """ When the session was created. """
    resources: None | SessionResources = None
    """ What it may use. """
    metadata: dict[str, Any] | None = None
    """ The words that it was given, by name. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "session_id": "session_id",
        "language": "language",
        "status": "status",
        "expires_at": "expires_at",
        "created_at": "created_at",
        "resources": "resources",
        "metadata": "metadata",
    }

    def to_dict(self) -> dict[str, Any]:
        from ..models.session_resources import SessionResources

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

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        created_at: None | str
        if isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        resources: dict[str, Any] | None
        if isinstance(self.resources, SessionResources):
            resources = self.resources.to_dict()
        else:
            resources = self.resources

        metadata = self.metadata

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "session_id": session_id,
                    "language": language,
                    "status": status,
                    "expires_at": expires_at,
                    "created_at": created_at,
                    "resources": resources,
                    "metadata": metadata,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.session_resources import SessionResources

        d = dict(src_dict)
        session_id = d.pop("session_id")

        language = d.pop("language", None)

        status = d.pop("status")

        expires_at = moment(d.pop("expires_at", None))

        created_at = moment(d.pop("created_at", None))

        def _parse_resources(data: object) -> None | SessionResources:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                resources_type_0 = SessionResources.from_dict(data)

                return resources_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SessionResources, data)

        resources = _parse_resources(d.pop("resources", None))

        metadata = d.pop("metadata", None)

        session = cls.__new__(cls)
        session.session_id = session_id
        session.language = language
        session.status = status
        session.expires_at = expires_at
        session.created_at = created_at
        session.resources = resources
        session.metadata = metadata

        session.additional_properties = d
        return session
