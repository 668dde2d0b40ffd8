from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionFolderRequest")


@_attrs_define(repr=False)
class SessionFolderRequest(Discreet):
    """A folder to make."""

    path: str
    """ The path: absolute in the sandbox, or relative to the work folder, with `/` between its parts and no `..`.
     """
    mode: int | Unset = UNSET
    """ Its permissions, such as `0o700`; `0o755` unless they are said. """
    exclusive: bool | Unset = False
    """ Whether it must not be there yet. Else one that is stays as it is. """

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        mode = self.mode

        exclusive = self.exclusive

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "path": path,
            }
        )
        if mode is not UNSET:
            field_dict["mode"] = mode
        if exclusive is not UNSET:
            field_dict["exclusive"] = exclusive

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        path = d.pop("path")

        mode = d.pop("mode", UNSET)

        exclusive = d.pop("exclusive", UNSET)

        session_folder_request = cls(
            path=path,
            mode=mode,
            exclusive=exclusive,
        )

        return session_folder_request
