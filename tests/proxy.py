"""A checking proxy: programs of any kind talk to the runtime through it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from tests.contract import Contract, ContractError, Exchange

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"}


@dataclass
class Proxy:
    """A running proxy: its URL, and what it found outside the contract."""

    base_url: str
    breaches: list[str] = field(default_factory=list)


@contextmanager
def checking_proxy(contract: Contract, upstream: str, *, lenient: bool = False) -> Iterator[Proxy]:
    """Relay to `upstream` from a free port on loopback, checking each exchange."""
    target = urlsplit(upstream)
    proxy = Proxy("")

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def relay(self) -> None:
            body = self._body()
            upstream = http.client.HTTPConnection(target.hostname or "", target.port, timeout=120)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            self._check(body, answer, content)
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = relay

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _check(self, body: bytes, answer: http.client.HTTPResponse, content: bytes) -> None:
            try:
                contract.check(
                    Exchange(
                        method=self.command,
                        url=self.path,
                        request_type=self.headers.get("Content-Type", ""),
                        request_body=body,
                        status=answer.status,
                        answer_type=answer.getheader("Content-Type", ""),
                        answer_body=content,
                    ),
                    request_may_be_wrong=lenient,
                )
            except ContractError as breach:
                proxy.breaches.append(str(breach))

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    proxy.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
