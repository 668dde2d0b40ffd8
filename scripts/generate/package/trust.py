"""Whom clients trust, read once. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from functools import cache

# What else decides whom to trust, or is noted down in the context itself.
_ENVIRONMENT = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_ARGUMENTS = frozenset(("cert", "http2", "trust_env"))


def authorities() -> ssl.SSLContext:
    """The authorities that come with httpx, unless the environment names others.

    Reading them takes longer than a call does, so all clients of a process share them.
    """
    if any(os.environ.get(name) for name in _ENVIRONMENT):
        return _read()
    return _shared()


def verified(
    verify: str | bool | ssl.SSLContext, arguments: Iterable[str]
) -> str | bool | ssl.SSLContext:
    """What to hand to httpx as `verify`, with `arguments` beside it, by their names."""
    own = verify is not True or not _ARGUMENTS.isdisjoint(arguments)
    return verify if own else authorities()


def _read() -> ssl.SSLContext:
    import httpx  # late: a client of plain HTTP that has connections of its own needs none of it

    return httpx.create_ssl_context()


_shared = cache(_read)
