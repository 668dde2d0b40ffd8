"""What the environment says of the way to the server: proxies and certificates."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from .errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way: its address, and what it wants to know of who comes."""

    url: str
    credentials: tuple[bytes, bytes] | None = field(default=None, repr=False)


def proxy_for(base_url: str) -> Proxy | None:
    """The proxy that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names, unless `NO_PROXY` excepts it.

    Loopback is never reached through a proxy.

    Raises:
        InvalidRequestError: It is a proxy of a kind that isn't supported.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or proxy_bypass(parts.netloc):
        return None
    return _read(url if "://" in url else f"http://{url}")


def fast_parser(base_url: str) -> bool:
    """Whether calls go by `httptools`: it is installed, and no proxy is on the way.

    `COGNITORA_FAST=0` in the environment does without it.
    """
    wanted = os.environ.get("COGNITORA_FAST", "").strip() != "0"
    return wanted and find_spec("httptools") is not None and proxy_for(base_url) is None


def _read(url: str) -> Proxy:
    # Not quoted in errors: it may hold a password.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidRequestError("The proxy of HTTP_PROXY or HTTPS_PROXY is no address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidRequestError(
            f"The environment names a proxy of the kind {parts.scheme!r}; only http:// and https:// "
            "proxies are supported. Set NO_PROXY for this host, or another HTTPS_PROXY."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    credentials = None
    if parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
        credentials = (user.encode(), password.encode())
    return Proxy(f"{parts.scheme}://{host}:{port or _port(parts.scheme)}", credentials)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def is_loopback(host: str) -> bool:
    """Whether a host, by name or by address, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def certificates() -> ssl.SSLContext:
    """Whom to trust: `SSL_CERT_FILE` or `SSL_CERT_DIR`, else the authorities that come with httpx.

    Raises:
        InvalidRequestError: What the variable names can't be read.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        import httpx

        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=file or None, capath=None if file else folder)
    except OSError as error:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise InvalidRequestError(
            f"{name} names {file or folder!r}, which can't be used: {error}"
        ) from None
