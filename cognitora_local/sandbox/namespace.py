"""The runtime's own mount namespace, and the staging folder in it.

Run by root, a sandbox is started by a user id that can't enter the folders it must show: Python
under a home folder of mode 0700, work folders under a private data folder. They are bound in a
staging folder that anyone may enter, in a mount namespace that nobody else is in. The namespace ends
with the runtime, however it ends, and every mount of the runtime with it.
"""

from __future__ import annotations

import ctypes
import os
import stat
import threading
from pathlib import Path

from .errors import SandboxError

# Asks for the user namespace that owns a namespace: ioctl_ns(2).
NS_GET_USERNS = 0xB701

_CLONE_NEWNS = 0x00020000
_MS_NOSUID = 0x2
_MS_NODEV = 0x4
_MS_NOEXEC = 0x8
_MS_REMOUNT = 0x20
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_SLAVE = 0x80000
_MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)
_entered: set[str] = set()
_entering = threading.Lock()


def enter_private() -> None:
    """Moves the calling thread, and all threads and processes it starts, to a private namespace.

    Mounts of the machine still arrive here; none made here leaves. Does nothing when the thread is
    in such a namespace already. Raises SandboxError where root may not mount.
    """
    with _entering:
        if _current() in _entered:
            return
        try:
            _check(_libc.unshare(_CLONE_NEWNS), "unshare")
            _mount("none", Path("/"), None, _MS_REC | _MS_SLAVE)
        except OSError as error:
            raise SandboxError(
                f"Folders can't be prepared for the sandbox: root may not mount here ({error}). "
                "In a container, give it CAP_SYS_ADMIN (--cap-add SYS_ADMIN, and where AppArmor is in force "
                "--security-opt apparmor=unconfined), or run the runtime as an ordinary user."
            ) from error
        _entered.add(_current())


def bind(source: Path, target: Path) -> None:
    """Shows the folder `source`, with what is mounted in it, at the folder `target`."""
    _mount(str(source), target, None, _MS_BIND | _MS_REC)


def mount_tmpfs(target: Path, *, size_mb: int) -> None:
    """Mounts an empty folder in memory, which everybody may enter, at `target`."""
    options = f"size={size_mb}m,mode=0755"
    _mount("tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV, options)


def mount_terminals(target: Path, options: str) -> None:
    """Mounts a file system of pseudo-terminals of its own at `target`."""
    _mount("devpts", target, "devpts", _MS_NOSUID | _MS_NOEXEC, options)


def mount_kernel(kind: str, target: Path) -> None:
    """Mounts what the kernel shows of itself ("proc", "sysfs") at `target`, and nothing of it is hidden."""
    _mount(kind, target, kind, _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)


def make_writable(point: Path) -> None:
    """Lets what is mounted read-only at `point` be written to, in the private namespace only."""
    flags = _MS_REMOUNT | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    _mount("none", point, None, flags | _MS_BIND)
    if os.statvfs(point).f_flag & os.ST_RDONLY:  # the file system itself, and not this mount of it
        _mount("none", point, None, flags)


def share_device(device: Path) -> None:
    """Lets every user open `device`, in the private namespace only.

    It is made anew in a folder in memory, which hides the one that it was in.
    """
    number = device.stat().st_rdev
    _mount("tmpfs", device.parent, "tmpfs", _MS_NOSUID, "size=64k,mode=0755")
    os.mknod(device, 0o666 | stat.S_IFCHR, number)
    device.chmod(0o666)


def unmount(target: Path) -> None:
    """Takes the topmost mount at `target` away, at once; files still open in it stay usable."""
    _check(_libc.umount2(os.fsencode(target), _MNT_DETACH), str(target))


def unmount_all(target: Path) -> None:
    """Takes away every mount at the folder `target` and in it, the last one first."""
    points = []
    for line in Path("/proc/thread-self/mountinfo").read_text().splitlines():
        point = Path(line.split()[4].encode().decode("unicode_escape"))
        if point.is_relative_to(target):
            points.append(point)
    for point in reversed(points):
        unmount(point)


def is_ours(fd: int, kind: str) -> bool:
    """Whether `fd` is this process's own namespace of this kind."""
    return os.path.samestat(os.fstat(fd), Path(f"/proc/self/ns/{kind}").stat())


def _mount(source: str, target: Path, kind: str | None, flags: int, options: str = "") -> None:
    done = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(done, str(target))


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _current() -> str:
    return os.readlink("/proc/thread-self/ns/mnt")
