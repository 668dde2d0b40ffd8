"""The user ids that sandboxes run as, when root starts them."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

# Between what systemd gives to containers and what it keeps for foreign images: nobody's, by its
# own table (https://systemd.io/UIDS-GIDS/). A random one of 268 million is nobody's in practice.
_FIRST = 1_879_048_192
_LAST = 2_147_352_575


class UserIds:
    """Gives each sandbox a user id (and the group id of the same number) that nothing else has."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    async def take_for(self, folder: Path) -> int:
        """An unused id that owns `folder` and all in it.

        A folder that a former sandbox owned keeps its id, so that nothing in it must change hands.
        """
        owner = (await asyncio.to_thread(folder.stat)).st_uid
        user = owner if _is_ours(owner) and owner not in self._taken else self._unused()
        self._taken.add(user)
        try:
            if owner != user:
                await asyncio.to_thread(_give, folder, user)
        except BaseException:
            self.put_back(user)
            raise
        return user

    def put_back(self, user: int) -> None:
        self._taken.discard(user)

    def _unused(self) -> int:
        while True:
            user = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
            if user not in self._taken:
                return user


def _is_ours(user: int) -> bool:
    return _FIRST <= user <= _LAST


def _give(folder: Path, user: int) -> None:
    for _, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        os.fchown(descriptor, user, user)
        for name in (*folders, *files):
            os.chown(name, user, user, dir_fd=descriptor, follow_symlinks=False)
