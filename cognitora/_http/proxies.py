"""What the environment says of the way to the server: proxies and certificates."""

from __future__ import annotations

import os
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote_to_bytes, urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from cognitora_openapi.shown import shown
from cognitora_openapi.trust import authorities

from ..errors import InvalidRequestError
from ..hosts import ascii_host, is_loopback

NO_ADDRESS = "The proxy of HTTP_PROXY or HTTPS_PROXY is no address."


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way: its address, and what it wants to know of who comes."""

    url: str
    credentials: tuple[bytes, bytes] | None = field(default=None, repr=False)

    def authorization(self) -> str:
        """The header that tells them, with its line break; nothing if there are none."""
        if self.credentials is None:
            return ""
        return f"Proxy-Authorization: Basic {b64encode(b':'.join(self.credentials)).decode()}\r\n"


@dataclass(frozen=True, slots=True)
class Hop:
    """One end of the way to go: where, and whom to trust for TLS on it; None for no TLS."""

    host: str
    port: int
    trust: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a server.

    Attributes:
        server: The server.
        proxy: A proxy on the way.
        first: Where the connection goes: to the proxy, if there is one.
    """

    server: Hop
    proxy: Proxy | None
    first: Hop

    @property
    def reader(self) -> Proxy | None:
        """The proxy, if it reads the requests and hands them on; TLS it lets through, once asked for that."""
        return self.proxy if self.server.trust is None else None


def route_to(base_url: str) -> Route:
    """The way to a server.

    Raises:
        InvalidRequestError: The environment names a proxy of a kind that isn't supported, or authorities
            that can't be read.
    """
    server, proxy = _hop(base_url), proxy_for(base_url)
    return Route(server, proxy, server if proxy is None else _hop(proxy.url))


def _hop(url: str) -> Hop:
    parts = urlsplit(url)
    trust = certificates() if parts.scheme == "https" else None
    if trust is not None:
        trust.set_alpn_protocols(["http/1.1"])
    return Hop(parts.hostname or "", parts.port or _port(parts.scheme), trust)


def proxy_for(base_url: str) -> Proxy | None:
    """The proxy that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names, unless `NO_PROXY` excepts it.

    Loopback is never reached through a proxy.

    Raises:
        InvalidRequestError: It is a proxy of a kind that isn't supported.
    """
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or _port(parts.scheme)
    if is_loopback(host):
        return None
    found = _find(parts.scheme, host, port)
    if isinstance(found, str):
        # Raised out here, it doesn't drag along the frames below, where the password is.
        raise InvalidRequestError(found)
    return found


def _find(scheme: str, host: str, port: int) -> Proxy | str | None:
    """The proxy for a server, or what is wrong with it."""
    named = getproxies_environment()
    proxies = named or getproxies()
    url = (proxies.get(scheme) or proxies.get("all") or "").strip()
    if not url or (is_excepted(host, port, named.get("no", "")) if named else proxy_bypass(host)):
        return None
    return _read(url if "://" in url else f"http://{url}")


def is_excepted(host: str, port: int, no_proxy: str) -> bool:
    """Whether `NO_PROXY` has a host, read as curl and requests do.

    Its entries stand between commas or blanks: a name, which has those below it too; an address; a network
    in CIDR; each but the last perhaps with a port. A `*` has all. What is none of these has nothing.
    """
    return any(_excepts(entry, host, port) for entry in no_proxy.replace(",", " ").split())


def _excepts(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _contains(entry, host)
    name, _, its_port = entry.rpartition(":")
    bracketed = name.startswith("[") and name.endswith("]")
    if name and its_port.isdecimal() and (bracketed or ":" not in name):
        if int(its_port) != port:
            return False
        entry = name
    if _is_address(host):
        return _contains(entry, host)
    name = entry.lower().removeprefix("*").strip(".")
    return bool(name) and f".{host}".endswith(f".{ascii_host(name) or name}")


def _contains(network: str, host: str) -> bool:
    """Whether an address is in a network, which may be one address."""
    try:
        return ip_address(host) in ip_network(network.strip("[]").replace("]/", "/"), strict=False)
    except ValueError:
        return False


def _read(url: str) -> Proxy | str:
    # Not quoted in errors: it may hold a password.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return NO_ADDRESS
    host = ascii_host(parts.hostname or "")
    if parts.scheme not in ("http", "https"):
        return (
            f"The environment names a proxy of the kind {shown(parts.scheme)}; only http:// and https:// "
            "proxies are supported. Set NO_PROXY for this host, or another HTTPS_PROXY."
        )
    if not host:
        return NO_ADDRESS
    credentials = None
    if parts.username is not None:
        # As the environment has them, UTF-8 or not, in percents or not.
        user, password = os.fsencode(parts.username), os.fsencode(parts.password or "")
        credentials = (unquote_to_bytes(user), unquote_to_bytes(password))
    return Proxy(f"{parts.scheme}://{host}:{port or _port(parts.scheme)}", credentials)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def certificates() -> ssl.SSLContext:
    """Whom to trust: `SSL_CERT_FILE` or `SSL_CERT_DIR`, else the authorities that come with httpx.

    Raises:
        InvalidRequestError: What the variable names can't be read.
    """
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return authorities()
    try:
        return ssl.create_default_context(cafile=file or None, capath=None if file else folder)
    except OSError as error:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise InvalidRequestError(
            f"{name} names {file or folder!r}, which can't be used: {error}"
        ) from None
