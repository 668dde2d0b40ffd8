"""A user of this machine who isn't root, and what such a user is given on others: control groups
(by systemd), a Python that can be read, and /dev/net/tun."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

USER = 12_345
_ROOT = Path(__file__).parent.parent.parent
_TUN = "c 10 200"


@contextmanager
def home() -> Iterator[Path]:
    """A folder of the user's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chown(folder, USER, USER)
        yield Path(folder)


def as_user(home: Path, groups: Sequence[Path] = ()) -> list[str]:
    """What starts a program (that comes behind it) as the user, in those control groups.

    The mounts by which the user can read this Python are in a namespace of the program's own.
    """
    lines = [f"echo 0 > {shlex.quote(str(group))}/cgroup.procs" for group in groups]
    lines += _shown({Path(sys.prefix), Path(f"{sys.prefix}-data"), Path(sys.base_prefix), _ROOT})
    lines += [f"mknod -m 666 {home}/tun {_TUN}", f"mount --bind {home}/tun /dev/net/tun"]
    lines += [f"cd {home}; exec env -u XDG_RUNTIME_DIR HOME={home} PATH=/usr/bin:/bin \\"]
    lines += [f'setpriv --reuid {USER} --regid {USER} --clear-groups "$@"']
    return ["unshare", "--mount", "sh", "-ec", "\n".join(lines), "sh"]


def _shown(folders: set[Path]) -> Iterator[str]:
    """Mounts that show those folders alone, in those that the user may not enter."""
    hidden = {folder: closed for folder in folders if (closed := _closed(folder))}
    kept = "/mnt"
    yield f"mount -t tmpfs -o mode=755 tmpfs {kept}"
    for number, folder in enumerate(hidden):
        yield f"mkdir {kept}/{number}; mount --rbind {shlex.quote(str(folder))} {kept}/{number}"
    for closed in set(hidden.values()):
        yield f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(closed))}"
    for number, folder in enumerate(hidden):
        place = shlex.quote(str(folder))
        yield f"mkdir -p {place}; mount --rbind {kept}/{number} {place}"


def _closed(folder: Path) -> Path | None:
    """The topmost folder on the way there that others may not enter."""
    if not folder.exists():
        return None
    way = [*reversed(folder.parents), folder]
    return next((each for each in way if not each.stat().st_mode & 0o001), None)
