"""Whom clients trust, read once. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from functools import lru_cache

# What else decides whom to trust, or is noted down in the context itself.
_ENVIRONMENT = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_ARGUMENTS = frozenset(("cert", "http2", "trust_env"))


def authorities() -> ssl.SSLContext:
    """The authorities that come with httpx, unless the environment names others.

    Reading them takes longer than a call does, so all clients of a process share them, until the
    environment names others or the file that it names has changed.
    """
    named = tuple(os.environ.get(name) for name in _ENVIRONMENT)
    try:
        file = os.stat(named[0]) if named[0] else None  # noqa: PTH116 - importing pathlib takes long
    except OSError:
        return _read()  # which says so
    return _shared(*named, file and (file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns))


def verified(
    verify: str | bool | ssl.SSLContext, arguments: Iterable[str]
) -> str | bool | ssl.SSLContext:
    """What to hand to httpx as `verify`, with `arguments` beside it, by their names."""
    own = verify is not True or not _ARGUMENTS.isdisjoint(arguments)
    return verify if own else authorities()


def _read(*_: object) -> ssl.SSLContext:
    import httpx  # late: a client of plain HTTP that has connections of its own needs none of it

    return httpx.create_ssl_context()


_shared = lru_cache(maxsize=4)(_read)
