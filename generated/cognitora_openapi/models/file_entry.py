from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="FileEntry")


@_attrs_define(kw_only=True, repr=False)
class FileEntry(ResponseModel):
    """What is at a path."""

    path: str
    """ Its path; absolute where an absolute one was asked for, else relative to the work folder. A byte that isn't
    UTF-8 is the character U+10FE00 + that byte, there and wherever a path is taken.
     """
    type: str
    """ What it is: `file`, `folder`, `link`, or `other` for pipes, sockets and devices. """
    size: int | None = None
    """ Its size in bytes. """
    mode: int | None = None
    """ Its permissions, as a number. """
    uid: int | None = None
    """ Its owner's number in the sandbox. """
    gid: int | None = None
    """ Its group's number in the sandbox. """
    owner: None | str = None
    """ Its owner's name, where the sandbox knows one. """
    group: None | str = None
    """ Its group's name, where the sandbox knows one. """
    modified: datetime.datetime | None = None
    """ When its content has last changed. """
    target: None | str = None
    """ What a symbolic link says; null of anything else. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "path": "path",
        "type": "type",
        "size": "size",
        "mode": "mode",
        "uid": "uid",
        "gid": "gid",
        "owner": "owner",
        "group": "group",
        "modified": "modified",
        "target": "target",
    }

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        type_ = self.type

        size: int | None
        size = self.size

        mode: int | None
        mode = self.mode

        uid: int | None
        uid = self.uid

        gid: int | None
        gid = self.gid

        owner: None | str
        owner = self.owner

        group: None | str
        group = self.group

        modified: None | str
        if isinstance(self.modified, datetime.datetime):
            modified = self.modified.isoformat()
        else:
            modified = self.modified

        target: None | str
        target = self.target

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "path": path,
                    "type": type_,
                    "size": size,
                    "mode": mode,
                    "uid": uid,
                    "gid": gid,
                    "owner": owner,
                    "group": group,
                    "modified": modified,
                    "target": target,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        path = d.pop("path")

        type_ = d.pop("type")

        size = d.pop("size", None)

        mode = d.pop("mode", None)

        uid = d.pop("uid", None)

        gid = d.pop("gid", None)

        owner = d.pop("owner", None)

        group = d.pop("group", None)

        modified = moment(d.pop("modified", None))

        target = d.pop("target", None)

        file_entry = cls.__new__(cls)
        file_entry.path = path
        file_entry.type = type_
        file_entry.size = size
        file_entry.mode = mode
        file_entry.uid = uid
        file_entry.gid = gid
        file_entry.owner = owner
        file_entry.group = group
        file_entry.modified = modified
        file_entry.target = target

        file_entry.additional_properties = d
        return file_entry
