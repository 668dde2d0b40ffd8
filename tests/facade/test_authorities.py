"""The authorities that httpx comes with are read once for all clients of a process."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest

from cognitora import Cognitora
from cognitora_openapi import AuthenticatedClient
from cognitora_openapi.trust import verified

URL = "https://api.cognitora.test"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What authorities are read from here on."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    seen: list[Any] = []
    whole = ssl.SSLContext.load_verify_locations

    def load(self: ssl.SSLContext, *args: Any, **named: Any) -> None:
        seen.append(args or named)
        whole(self, *args, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", load)
    return seen


def test_all_clients_share_them(read: list[Any]) -> None:
    for _ in range(3):
        Cognitora(api_key="key-for-a-test", base_url=URL).close()
        with AuthenticatedClient(base_url=URL, token="key-for-a-test"):
            pass
        AuthenticatedClient(base_url=URL, token="key-for-a-test").get_async_httpx_client()
    assert len(read) <= 1  # none, where a test before this has made a client


@pytest.mark.parametrize("argument", ["cert", "http2", "trust_env"])
def test_a_client_that_changes_its_own_shares_none(argument: str) -> None:
    assert verified(True, [argument]) is True


def test_what_is_given_is_taken() -> None:
    given = ssl.create_default_context()
    assert verified(given, []) is given
    assert verified(False, []) is False


def test_what_the_environment_names_is_read_again_once_it_has_changed(
    read: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usual = verified(True, [])
    file = tmp_path / "authorities"
    file.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    first, again = verified(True, []), verified(True, [])
    assert first is again
    file.write_bytes(file.read_bytes() + b"\n")
    changed = verified(True, [])
    assert len({id(one) for one in (usual, first, changed)}) == 3
    monkeypatch.delenv("SSL_CERT_FILE")
    assert verified(True, []) is usual


def test_they_are_those_of_httpx(read: list[Any]) -> None:
    shared = verified(True, [])
    assert isinstance(shared, ssl.SSLContext)
    assert shared.get_ca_certs() == httpx.create_ssl_context().get_ca_certs()
    assert shared.verify_mode is ssl.CERT_REQUIRED
    assert shared.check_hostname
