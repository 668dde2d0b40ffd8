from __future__ import annotations

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

    def to_dict(self) -> dict[str, Any]:
        mode = self.mode

        owner = self.owner

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if mode is not UNSET:
            field_dict["mode"] = mode
        if owner is not UNSET:
            field_dict["owner"] = owner

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        mode = d.pop("mode", UNSET)

        owner = d.pop("owner", UNSET)

        session_file_change_request = cls(
            mode=mode,
            owner=owner,
        )

        return session_file_change_request
