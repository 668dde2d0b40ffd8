"""The /etc of the sandbox: what programs need to run, and nothing of this machine's people."""

from __future__ import annotations

import shutil
from pathlib import Path

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


def write(folder: Path, *, machine: Path = Path("/etc")) -> None:
    """Fills `folder`, which is made, with an /etc taken from the one of this machine.

    Only files that everybody may read are taken. Raises SandboxError when it can't be written.
    """
    try:
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        for name, text in _WRITTEN.items():
            (folder / name).write_text(text)
        for name in _COPIED_FILES:
            _copy(machine / name, folder / name)
        for name in _COPIED_FOLDERS:
            for file in sorted((machine / name).rglob("*")):
                _copy(file, folder / file.relative_to(machine))
        for path in folder.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)
    except OSError as error:
        raise SandboxError(f"The sandbox's /etc can't be written: {error}.") from error


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.readlink())
    elif source.is_file() and source.stat().st_mode & 0o004:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
