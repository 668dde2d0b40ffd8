"""Code in a sandbox trusts the certificate authorities that this machine trusts."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import certifi
import pytest
import trustme

from cognitora_local.sandbox import Host, trust
from tests.sandbox.programs import Start

PROGRAM = """
import os, ssl, subprocess
served = os.environ["SERVED"]
with open("server.pem", "w") as file:
    file.write(served)
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain("server.pem")
ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
client = ssl.create_default_context().wrap_bio(ours, theirs, server_hostname="inside.test")
peer = server.wrap_bio(theirs, ours, server_side=True)
for _ in range(4):
    for end in (client, peer):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
leads = [name for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS") if os.path.exists(os.environ[name])]
clear = subprocess.run(["clear"], capture_output=True)
say([leads, client.getpeercert()["subject"] != (), clear.returncode, clear.stderr.decode()])
"""


def test_bundles_hold_certificates_alone_and_node_gets_those_it_does_not_know(
    tmp_path: Path,
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    issued = authority.issue_cert("inside.test")
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes(issued.private_key_pem.bytes() + authority.cert_pem.bytes())
    folder = tmp_path / "folder"
    folder.mkdir()
    other.cert_pem.write_to_path(folder / "other.crt")
    system = tmp_path / "etc/ssl/certs"
    system.mkdir(parents=True)
    (system / "ca-certificates.crt").write_bytes(Path(certifi.where()).read_bytes())
    environment = {"SSL_CERT_FILE": str(mixed), "SSL_CERT_DIR": f"{folder}:{tmp_path / 'absent'}"}

    bundles = trust.bundles(tmp_path / "etc", environment)

    assert b"PRIVATE" not in bundles[trust.ALL]
    everyone = ssl.create_default_context(cadata=bundles[trust.ALL].decode()).get_ca_certs()
    assert len(everyone) > 100
    own = [ca.cert_pem.bytes().strip() for ca in (authority, other)]
    assert all(pem in bundles[trust.OWN] for pem in own)
    assert bundles[trust.OWN].count(b"BEGIN") == len(own)
    assert trust.bundles(tmp_path / "nothing", {}) == {}


async def test_a_machines_own_authority_is_trusted(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "own.pem")
    issued = authority.issue_cert("inside.test")
    served = issued.private_key_and_cert_chain_pem.bytes().decode()
    monkeypatch.setitem(os.environ, "REQUESTS_CA_BUNDLE", str(tmp_path / "own.pem"))
    host = await Host.probe(tmp_path / "another")
    try:
        async with start(PROGRAM, host=host, environment={"SERVED": served}) as live:
            assert await live.hear() == [["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"], True, 0, ""]
    finally:
        await host.close()
