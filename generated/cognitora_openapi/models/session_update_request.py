from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionUpdateRequest")


@_attrs_define(repr=False)
class SessionUpdateRequest(Discreet):
    """A session's new end."""

    timeout_seconds: int | Unset = UNSET
    """ How long the session lives from now on, in seconds. """
    expires_at: datetime.datetime | Unset = UNSET
    """ When the session ends, instead of `timeout_seconds`. """

    def to_dict(self) -> dict[str, Any]:
        timeout_seconds = self.timeout_seconds

        expires_at: str | Unset = UNSET
        if not isinstance(self.expires_at, Unset):
            expires_at = self.expires_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if timeout_seconds is not UNSET:
            field_dict["timeout_seconds"] = timeout_seconds
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        timeout_seconds = d.pop("timeout_seconds", UNSET)

        _expires_at = d.pop("expires_at", UNSET)
        expires_at: datetime.datetime | Unset
        if isinstance(_expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = datetime.datetime.fromisoformat(_expires_at)

        session_update_request = cls(
            timeout_seconds=timeout_seconds,
            expires_at=expires_at,
        )

        return session_update_request
