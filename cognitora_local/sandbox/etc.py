"""The /etc of the sandbox: what programs need to run, and nothing of this machine's people."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

from . import trust
from .errors import SandboxError

USER = "user"
USER_ID = 1000
HOST_NAME = "sandbox"
NAME_SERVER = "10.0.2.3"  # slirp4netns answers there, when a network is attached

_WRITTEN = {
    "passwd": f"root:x:0:0:root:/:/usr/sbin/nologin\n"
    f"{USER}:x:{USER_ID}:{USER_ID}::/work:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "group": f"root:x:0:\n{USER}:x:{USER_ID}:\nnogroup:x:65534:\n",
    "hosts": f"127.0.0.1 localhost {HOST_NAME}\n::1 localhost\n",
    "hostname": f"{HOST_NAME}\n",
    "resolv.conf": f"nameserver {NAME_SERVER}\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}

# Public by nature: the linker's cache, the time zone, fonts, the authorities that TLS trusts.
_COPIED_FILES = (
    "ld.so.cache",
    "ld.so.conf",
    "localtime",
    "timezone",
    "mime.types",
    "protocols",
    "services",
    "shells",
    "debian_version",
    "os-release",
    "ca-certificates.conf",
    "ssl/openssl.cnf",
    "pki/tls/openssl.cnf",
)
_COPIED_FOLDERS = (
    "alternatives",
    "fonts",
    "ld.so.conf.d",
    "ssl/certs",
    "pki/tls/certs",
    "pki/ca-trust/extracted/pem",
    "crypto-policies/back-ends",
)


def write(folder: Path, *, machine: Path = Path("/etc")) -> dict[str, str]:
    """Fills `folder`, which is made, with an /etc taken from the one of this machine.

    Only files that everybody may read are taken. Returns the environment variables that lead
    programs to the machine's certificate authorities. Raises SandboxError when it can't be written.
    """
    try:
        _make(folder)
        for name, text in _WRITTEN.items():
            file = folder / name
            file.write_text(text)
            file.chmod(0o644)
        for name in _COPIED_FILES:
            if (machine / name).exists():
                _make((folder / name).parent)
                _copy(machine / name, folder / name)
        for name in _COPIED_FOLDERS:
            if (machine / name).is_dir():
                _copy_all(machine / name, folder / name)
        return _trust(folder, machine)
    except OSError as error:
        raise SandboxError(f"The sandbox's /etc can't be written: {error}.") from error


def _trust(folder: Path, machine: Path) -> dict[str, str]:
    bundles = trust.bundles(machine, os.environ)
    for name, authorities in bundles.items():
        _make(folder / "ssl")
        _make((folder / name).parent)
        (folder / name).write_bytes(authorities)
        (folder / name).chmod(0o644)
    return {name: f"/etc/{file}" for name, file in trust.VARIABLES.items() if file in bundles}


def _copy_all(source: Path, target: Path) -> None:
    _make(target)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _copy_all(Path(entry), target / entry.name)
            else:
                _copy(entry, target / entry.name)


def _copy(source: os.PathLike[str], target: Path) -> None:
    try:
        target.symlink_to(os.readlink(source))
        return
    except OSError as error:
        if error.errno != errno.EINVAL:  # the answer for what is no link
            raise
    found = os.lstat(source)
    if stat.S_ISREG(found.st_mode) and found.st_mode & 0o004:
        shutil.copyfile(source, target)
        target.chmod(0o644)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
