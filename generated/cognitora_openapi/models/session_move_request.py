from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionMoveRequest")


@_attrs_define(repr=False)
class SessionMoveRequest(Discreet):
    """What to move, and where to."""

    source: str
    """ The path: absolute in the sandbox, or relative to the work folder, with `/` between its parts and no `..`.
     """
    target: str
    """ Its new path, of the same kind. """
    replace: bool | Unset = False
    """ Whether a file, or an empty folder, that has the new path is replaced. """

    def to_dict(self) -> dict[str, Any]:
        source = self.source

        target = self.target

        replace = self.replace

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "source": source,
                "target": target,
            }
        )
        if replace is not UNSET:
            field_dict["replace"] = replace

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        source = d.pop("source")

        target = d.pop("target")

        replace = d.pop("replace", UNSET)

        session_move_request = cls(
            source=source,
            target=target,
            replace=replace,
        )

        return session_move_request
