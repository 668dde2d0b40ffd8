from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.language import Language, check_language
from ..shown import Discreet
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment
    from ..models.metadata import Metadata
    from ..models.session_resources_request import SessionResourcesRequest


T = TypeVar("T", bound="CreateSessionRequest")


@_attrs_define(repr=False)
class CreateSessionRequest(Discreet):
    """A session to create."""

    language: Language | Unset = "python"
    """ A language that code can be written in. Answers may name others. """
    timeout_seconds: int | Unset = UNSET
    """ How long the session lives, in seconds. The service's default is one day. """
    expires_at: datetime.datetime | Unset = UNSET
    """ When the session ends; given both, the earlier of this and `timeout_seconds` counts. """
    environment: Environment | Unset = UNSET
    """ Environment variables, by name. """
    resources: SessionResourcesRequest | Unset = UNSET
    """ What a session may use: `cpu_cores`, `memory_mb` (MiB), `storage_gb` (GiB). """
    metadata: Metadata | Unset = UNSET
    """ Words about a session or a container, by name. """
    networking: bool | Unset = UNSET
    """ Whether its code may reach the internet at all; without it, it may. Where it is off, no execution has
    networking, and one that asks for it is refused. Where sandboxes are pods of a cluster, a session has its
    network for good, so there every execution has what its session was created with, and one that asks for other
    than that is refused. """
    egress: list[str] | Unset = UNSET
    """ What of the outside may be reached with networking, by IPv4 and TCP; everything else is refused at once.
    Names
    (`pypi.org`, and for all names below one `*.pythonhosted.org`), addresses (`93.184.216.34`) and ranges of them
    (`10.1.0.0/16`), each with the port or the ports behind a colon (`pypi.org:443`, `10.1.0.0/16:8000-8010`),
    without
    them any port. An empty list lets out nothing.
     """

    def to_dict(self) -> dict[str, Any]:
        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language

        timeout_seconds = self.timeout_seconds

        expires_at: str | Unset = UNSET
        if not isinstance(self.expires_at, Unset):
            expires_at = self.expires_at.isoformat()

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        resources: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resources, Unset):
            resources = self.resources.to_dict()

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        networking = self.networking

        egress: list[str] | Unset = UNSET
        if not isinstance(self.egress, Unset):
            egress = self.egress

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if language is not UNSET:
            field_dict["language"] = language
        if timeout_seconds is not UNSET:
            field_dict["timeout_seconds"] = timeout_seconds
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if environment is not UNSET:
            field_dict["environment"] = environment
        if resources is not UNSET:
            field_dict["resources"] = resources
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if networking is not UNSET:
            field_dict["networking"] = networking
        if egress is not UNSET:
            field_dict["egress"] = egress

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.environment import Environment
        from ..models.metadata import Metadata
        from ..models.session_resources_request import SessionResourcesRequest

        d = dict(src_dict)
        _language = d.pop("language", UNSET)
        language: Language | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = check_language(_language)

        timeout_seconds = d.pop("timeout_seconds", UNSET)

        _expires_at = d.pop("expires_at", UNSET)
        expires_at: datetime.datetime | Unset
        if isinstance(_expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = datetime.datetime.fromisoformat(_expires_at)

        _environment = d.pop("environment", UNSET)
        environment: Environment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = Environment.from_dict(_environment)

        _resources = d.pop("resources", UNSET)
        resources: SessionResourcesRequest | Unset
        if isinstance(_resources, Unset):
            resources = UNSET
        else:
            resources = SessionResourcesRequest.from_dict(_resources)

        _metadata = d.pop("metadata", UNSET)
        metadata: Metadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = Metadata.from_dict(_metadata)

        networking = d.pop("networking", UNSET)

        egress = cast(list[str], d.pop("egress", UNSET))

        create_session_request = cls(
            language=language,
            timeout_seconds=timeout_seconds,
            expires_at=expires_at,
            environment=environment,
            resources=resources,
            metadata=metadata,
            networking=networking,
            egress=egress,
        )

        return create_session_request
