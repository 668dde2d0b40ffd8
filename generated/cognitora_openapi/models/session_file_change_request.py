from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionFileChangeRequest")


@_attrs_define(repr=False)
class SessionFileChangeRequest(Discreet):
    """What to change of a file or folder."""

    mode: int | Unset = UNSET
    """ Its permissions, such as `0o755`, which is 493. """
    owner: str | Unset = UNSET
    """ Its owner, by name or number, with `:` and a group if need be. Root alone may give files away. """
    modified: datetime.datetime | Unset = UNSET
    """ When it was changed last, as its times say. """

    def to_dict(self) -> dict[str, Any]:
        mode = self.mode

        owner = self.owner

        modified: str | Unset = UNSET
        if not isinstance(self.modified, Unset):
            modified = self.modified.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if mode is not UNSET:
            field_dict["mode"] = mode
        if owner is not UNSET:
            field_dict["owner"] = owner
        if modified is not UNSET:
            field_dict["modified"] = modified

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        mode = d.pop("mode", UNSET)

        owner = d.pop("owner", UNSET)

        _modified = d.pop("modified", UNSET)
        modified: datetime.datetime | Unset
        if isinstance(_modified, Unset):
            modified = UNSET
        else:
            modified = datetime.datetime.fromisoformat(_modified)

        session_file_change_request = cls(
            mode=mode,
            owner=owner,
            modified=modified,
        )

        return session_file_change_request
