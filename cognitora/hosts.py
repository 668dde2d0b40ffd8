"""Hosts, as they stand in addresses."""

from __future__ import annotations

import re

LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII | re.IGNORECASE)


def ascii_host(host: str) -> str | None:
    """A host as it goes over the wire: a name in ASCII, or an address, one of IPv6 in brackets.

    None for what can't be one.
    """
    if ":" in host:
        from ipaddress import IPv6Address

        try:
            return f"[{IPv6Address(host)}]" if "%" not in host else None
        except ValueError:
            return None
    if not host.isascii():
        import idna  # 10 ms, for those who need it

        try:
            host = idna.encode(host, uts46=True).decode()
        except UnicodeError:
            return None
    host = host.removesuffix(".")
    known = len(host) <= 253 and all(LABEL.fullmatch(label) for label in host.split("."))
    return host if known else None


def is_loopback(host: str) -> bool:
    """Whether a host, by name or by address, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
