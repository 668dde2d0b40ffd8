"""What people use in the sandbox trusts a server of the machine's own certificate authority."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import trustme

from cognitora_local.kernel import Kernel
from cognitora_local.sandbox import Host, Limits
from tests.kernel.conftest import Session, text

SERVER = """
import http.server, json, ssl
class Index(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        version = {"name": "tool", "version": "1.0.0"}
        about = {"name": "tool", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        found = {"/": b"trusted", "/tool": json.dumps(about).encode()}
        found["/simple/tool/"] = b"<a href='/tool-1.0-py3-none-any.whl'>tool-1.0-py3-none-any.whl</a>"
        found["/tool-1.0-py3-none-any.whl"] = open("tool-1.0-py3-none-any.whl", "rb").read()
        self.send_response(200 if self.path in found else 404)
        kind = "application/json" if self.path == "/tool" else "text/html"
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(found.get(self.path, b""))
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"""
WHEEL = """
import zipfile
with zipfile.ZipFile("tool-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("tool.py", "")
    about = "tool-1.0.dist-info/"
    wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: tool\\nVersion: 1.0\\n")
    wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(about + "RECORD", "")
"""
BEGIN = (
    "python wheel.py; python -u server.py >port 2>errors & until [ -s port ]; do sleep 0.02; done"
)
CLIENTS = {
    "requests": "python -c \"import requests; print(requests.get('$URL/').text)\"",
    "urllib": "python -c \"from urllib.request import urlopen; print(urlopen('$URL/').read())\"",
    "fetch": "node -e \"fetch('$URL/').then(r => r.text()).then(console.log)\"",
    "pip": "pip download --quiet --no-deps --dest got --index-url $URL/simple/ tool && ls got",
    "npm": "npm view --registry $URL/ tool name",
}
SAYS = {"pip": "tool-1.0", "npm": "tool"}


@pytest_asyncio.fixture(
    scope="module", loop_scope="session", params=["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]
)
async def bash(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Session]:
    """A session with a server of an authority that the machine names, by a variable of any program's."""
    folder = tmp_path_factory.mktemp("authority")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "own.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, request.param, str(folder / "own.pem"))
        host = await Host.probe(folder / "data")
    kernel = await Kernel.start(
        host,
        language="bash",
        folder=folder / "work",
        limits=Limits(),
        environment={},
        name="authorities",
    )
    issued = authority.issue_cert("localhost").private_key_and_cert_chain_pem.bytes()
    (kernel.folder / "server.pem").write_bytes(issued)
    (kernel.folder / "server.py").write_text(SERVER)
    (kernel.folder / "wheel.py").write_text(WHEEL)
    session = Session(kernel)
    assert (await session.run(BEGIN)).errors == []
    yield session
    await kernel.close()
    await host.close()


@pytest.mark.parametrize(("client", "code"), CLIENTS.items(), ids=CLIENTS.keys())
async def test_a_server_of_the_machines_own_authority(
    bash: Session, client: str, code: str
) -> None:
    outcome = await bash.run(f"URL=https://localhost:$(cat port); {code}", timeout_seconds=60)
    assert outcome.errors == [], outcome
    assert SAYS.get(client, "trusted") in text(outcome)


async def test_without_what_leads_to_the_authority_it_is_not_trusted(bash: Session) -> None:
    code = f"unset NODE_EXTRA_CA_CERTS; URL=https://localhost:$(cat port); {CLIENTS['fetch']}"
    outcome = await bash.run(f"({code})", timeout_seconds=60)
    assert outcome.errors == ["exit code 1"]
    assert "certificate" in text(outcome, "stderr")
