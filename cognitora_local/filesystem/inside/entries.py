"""What is at a path, and what is in a folder, page by page."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

from .names import Names

TYPE_CHECKING = False  # type checkers know the name, and importing typing takes long
if TYPE_CHECKING:
    from typing import Any

_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


def entry(path: str, told: str, names: Names) -> dict[str, Any]:
    """What is at `path`, under the path `told`.

    Raises:
        OSError: nothing, or it can't be looked at.
    """
    found, target = _looked_at(path)
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "other")
    return {
        "path": told,
        "type": kind,
        "size": found.st_size,
        "mode": stat.S_IMODE(found.st_mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "owner": names.user_name(found.st_uid),
        "group": names.group_name(found.st_gid),
        "modified": found.st_mtime,
        "target": target,
    }


def _looked_at(path: str) -> tuple[os.stat_result, str | None]:
    """What is there, and where it leads, of the same thing: another may be put in its place meanwhile."""
    while True:
        found = os.lstat(path)
        if not stat.S_ISLNK(found.st_mode):
            return found, None
        try:
            return found, os.readlink(path)
        except OSError as error:
            if error.errno != errno.EINVAL:  # it was a link
                raise


def page(order: dict[str, Any], names: Names) -> dict[str, Any]:
    """What is in a folder, after the path `order["after"]`, and what comes after this page.

    What goes away meanwhile is passed over, and so are folders in it that may not be read.
    """
    path, told, most = order["path"], order["told"], order["most"]
    found: list[dict[str, Any]] = []
    last = None
    for below in _below(path, order["depth"], order["after"]):
        if len(found) == most:
            return {"files": found, "next": last}
        try:
            found.append(entry(f"{path}/{below}", f"{told}{below}", names))
        except OSError:
            continue
        last = below
    return {"files": found, "next": None}


def _below(path: str, depth: int, after: str) -> Iterator[str]:
    """The paths in a folder that come after `after`, a folder before what is in it."""
    waiting = [iter(_names(path, after))]
    folders = [""]
    while waiting:
        for name, is_folder in waiting[-1]:
            below = folders[-1] + name
            if not f"{after}/".startswith(f"{below}/"):
                yield below
            if is_folder and len(waiting) < depth:
                inner = after.removeprefix(f"{below}/") if after.startswith(f"{below}/") else ""
                try:
                    names = _names(f"{path}/{below}", inner)
                except OSError:
                    continue
                waiting.append(iter(names))
                folders.append(f"{below}/")
                break
        else:
            waiting.pop()
            folders.pop()


def _names(path: str, after: str) -> list[tuple[str, bool]]:
    """What is in one folder, from the first part of `after` on, and whether it is a folder."""
    first = after.partition("/")[0]
    with os.scandir(path) as scanned:
        return sorted(
            (each.name, each.is_dir(follow_symlinks=False))
            for each in scanned
            if each.name >= first
        )
