"""Addresses of this machine."""

from __future__ import annotations

import socket


def listens(address: str) -> bool:
    """Whether anybody takes connections there, `host:port`, be it to break them off at once."""
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=30).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:
        pass
    return True
