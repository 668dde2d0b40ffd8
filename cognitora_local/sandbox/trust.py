"""The certificate authorities that this machine trusts, for programs in the sandbox to trust too.

Most programs come with a list of their own, which lacks the authority of a company or a proxy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import certifi

ALL = "ssl/certs/machine.pem"
"""Where all authorities lie in the sandbox's /etc."""

OWN = "ssl/certs/machine-own.pem"
"""Those that aren't on the usual list. Node has that, and reading all takes it 100 ms at each start."""

VARIABLES = {
    "SSL_CERT_FILE": ALL,  # OpenSSL and Python
    "REQUESTS_CA_BUNDLE": ALL,  # requests and pip
    "CURL_CA_BUNDLE": ALL,
    "NODE_EXTRA_CA_CERTS": OWN,  # node and npm
}
"""What names them to programs."""

_SYSTEM = (
    "ssl/certs/ca-certificates.crt",  # Debian, Arch
    "pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora
    "pki/tls/certs/ca-bundle.crt",
    "ssl/ca-bundle.pem",  # openSUSE
    "ssl/cert.pem",  # Alpine
)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


def bundles(machine: Path, environment: Mapping[str, str]) -> dict[str, bytes]:
    """ALL and OWN as PEM, where there are any: from the system's bundle and what `environment` names.

    Nothing but certificates is taken out of these files: a key beside them stays where it is.
    """
    found = _certificates(_files(machine, environment))
    own = found.keys() - _certificates(_usual()).keys() if found else set()
    parts = {ALL: found.values(), OWN: [found[key] for key in found if key in own]}
    return {name: b"\n".join([*pems, b""]) for name, pems in parts.items() if pems}


def _certificates(files: Iterable[Path]) -> dict[bytes, bytes]:
    """The PEM of each, by what it says whatever its lines are like."""
    found: dict[bytes, bytes] = {}
    for file in files:
        with suppress(OSError):
            for pem in _CERTIFICATE.findall(file.read_bytes()):
                found.setdefault(b"".join(pem.split()), pem)
    return found


def _usual() -> Iterator[Path]:
    yield Path(certifi.where())
    yield from Path("/usr/share/ca-certificates").rglob("*.crt")


def _files(machine: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    for name in _SYSTEM:
        if (machine / name).is_file():
            yield machine / name
            break
    for variable in VARIABLES:
        if path := environment.get(variable):
            yield from _within(Path(path))
    for path in filter(None, environment.get("SSL_CERT_DIR", "").split(os.pathsep)):
        yield from _within(Path(path))


def _within(path: Path) -> Iterator[Path]:
    """The file, or the certificates in the folder, which requests may be given too."""
    if path.is_dir():
        for suffix in ("*.pem", "*.crt"):
            yield from sorted(path.glob(suffix))
    else:
        yield path
