"""Where a call goes: to the service, past it, through TLS or a proxy. Each gives the service and a URL."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import trustme

from tests.facade.server import Server, reply
from tests.faults.service import Service


@dataclass
class Place:
    """A place to call.

    Attributes:
        base_url: Its address.
        service: What stands there; None if nothing can.
        asked: How often someone came; None if nobody counts.
    """

    base_url: str
    service: Service | None
    asked: Callable[[], int] | None


Setting = Callable[[pytest.MonkeyPatch, Path], AbstractContextManager[Place]]


def _at(service: Service) -> Place:
    return Place(service.url, service, lambda: service.asked)


@contextmanager
def plain(_: pytest.MonkeyPatch, __: Path) -> Iterator[Place]:
    with closing(Service()) as service:
        yield _at(service)


@contextmanager
def refused(_: pytest.MonkeyPatch, __: Path) -> Iterator[Place]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and never listens
        yield Place(f"http://127.0.0.1:{held.getsockname()[1]}", None, None)


@contextmanager
def no_such_name(_: pytest.MonkeyPatch, __: Path) -> Iterator[Place]:
    yield Place("https://no-such-host.invalid", None, None)


def _tls(*, name: str = "127.0.0.1", stranger: bool = False, days: int = 1) -> Setting:
    @contextmanager
    def setting(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Place]:
        trusted = folder / "authority.pem"
        _authority("ours").cert_pem.write_to_path(trusted)
        patch.setenv("SSL_CERT_FILE", str(trusted))
        end = datetime.now(UTC) + timedelta(days=days)
        issuer = _authority("a stranger's" if stranger else "ours")
        start = end - timedelta(days=7)
        certificate = issuer.issue_cert(name, not_before=start, not_after=end)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        with closing(Service(secure=context)) as service:
            yield _at(service)

    return setting


@cache
def _authority(_: str) -> trustme.CA:
    return trustme.CA()


def _proxy(status: int) -> Setting:
    @contextmanager
    def setting(patch: pytest.MonkeyPatch, _: Path) -> Iterator[Place]:
        with closing(Server(otherwise=reply(status))) as proxy:
            patch.setenv("HTTPS_PROXY", proxy.url)
            yield Place("https://service.example", None, lambda: proxy.count)

    return setting


@contextmanager
def proxy_absent(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Place]:
    with refused(patch, folder) as nobody:
        patch.setenv("HTTPS_PROXY", nobody.base_url)
        yield Place("https://service.example", None, None)


SETTINGS: dict[str, Setting] = {
    "plain": plain,
    "refused": refused,
    "no_such_name": no_such_name,
    "tls": _tls(),
    "tls_of_a_stranger": _tls(stranger=True),
    "tls_for_another": _tls(name="another.example"),
    "tls_expired": _tls(days=-1),
    "proxy_refuses": _proxy(403),
    "proxy_wants_a_password": _proxy(407),
    "proxy_absent": proxy_absent,
}
