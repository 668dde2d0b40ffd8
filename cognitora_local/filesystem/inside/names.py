"""The users and groups that a sandbox knows, by its own /etc. Its files may say anything."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

_MOST_BYTES = 1024 * 1024
_LARGEST = 2**32 - 2


class Names:
    """The names of users and groups, both ways."""

    def __init__(self) -> None:
        self._users = list(_rows("/etc/passwd", 4))
        self._groups = list(_rows("/etc/group", 3))
        self._user_names = {row[2]: row[0] for row in reversed(self._users)}
        self._group_names = {row[2]: row[0] for row in reversed(self._groups)}

    def user(self, said: str) -> tuple[int, int, list[int]]:
        """The numbers of `user` or `user:group`, by name or number, and the user's other groups.

        Raises:
            LookupError: there is no such user or group.
        """
        name, colon, group_name = said.partition(":")
        user = self._number(name, self._users, "user")
        row = next((row for row in self._users if row[2] == str(user)), None)
        if colon:
            return user, self._number(group_name, self._groups, "group"), []
        group = int(row[3]) if row is not None and row[3].isdecimal() else 0
        member = row[0] if row is not None else name
        others = [
            int(found[2])
            for found in self._groups
            if len(found) > 3 and member in found[3].split(",") and found[2].isdecimal()
        ]
        return user, group, others[:1024]

    def owner(self, said: str) -> tuple[int, int]:
        """The same, for what is to be owned; a group of -1 stays as it is."""
        name, colon, group = said.partition(":")
        user = self._number(name, self._users, "user") if name else -1
        return user, self._number(group, self._groups, "group") if colon else -1

    def user_name(self, number: int) -> str | None:
        return self._user_names.get(str(number))

    def group_name(self, number: int) -> str | None:
        return self._group_names.get(str(number))

    def _number(self, name: str, rows: list[list[str]], kind: str) -> int:
        for row in rows:
            if row[0] == name and row[2].isdecimal() and int(row[2]) <= _LARGEST:
                return int(row[2])
        if name.isascii() and name.isdecimal() and int(name) <= _LARGEST:
            return int(name)
        raise LookupError(f"There is no {kind} {name[:80]!r} in the container")


def _rows(path: str, fields: int) -> Iterator[list[str]]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return
    with open(descriptor, "rb") as file:
        text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    for line in text.splitlines():
        row = line.split(":")
        if len(row) >= fields and row[0]:
            yield row
