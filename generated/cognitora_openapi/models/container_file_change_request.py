from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="ContainerFileChangeRequest")


@_attrs_define(repr=False)
class ContainerFileChangeRequest(Discreet):
    """What to change of a file or folder."""

    mode: int | Unset = UNSET
    """ Its permissions, such as `0o755`, which is 493. """
    owner: str | Unset = UNSET
    """ Its owner, by name or number, with `:` and a group if need be. Root alone may give files away. """
    user: str | Unset = UNSET
    """ As whom it is done, by name or number, with `:` and a group if need be; by default as the container's user.
     """

    def to_dict(self) -> dict[str, Any]:
        mode = self.mode

        owner = self.owner

        user = self.user

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if mode is not UNSET:
            field_dict["mode"] = mode
        if owner is not UNSET:
            field_dict["owner"] = owner
        if user is not UNSET:
            field_dict["user"] = user

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        mode = d.pop("mode", UNSET)

        owner = d.pop("owner", UNSET)

        user = d.pop("user", UNSET)

        container_file_change_request = cls(
            mode=mode,
            owner=owner,
            user=user,
        )

        return container_file_change_request
