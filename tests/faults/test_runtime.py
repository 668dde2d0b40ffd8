"""At most once, for real: the local runtime behind a connection that loses its answers."""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.conftest import Runtime
from tests.facade.conftest import MakeClient
from tests.facade.server import Received, Server, reply
from tests.faults.strikes import reset_now

WRITE = "import time; time.sleep({}); open('runs', 'a').write('x'); print('done')"


class Relay(Server):
    """Passes requests on to the runtime; of an execution, the first answer is lost.

    Attributes:
        early: Whether it is lost at once, while the execution still runs.
        sent: How often each idempotency key has come.
    """

    def __init__(self, base_url: str) -> None:
        self.early = False
        self.sent: Counter[str] = Counter()
        self._target = urlsplit(base_url).netloc
        self._work: list[threading.Thread] = []
        super().__init__(otherwise=self._relay)

    def close(self) -> None:
        super().close()
        for thread in self._work:
            thread.join(20)

    def _relay(self, connection: socket.socket, request: Received) -> None:
        if not request.path.endswith("/execute"):
            self._pass_on(connection, request)
            return
        key = request.headers["idempotency-key"]
        self.sent[key] += 1
        if self.sent[key] > 1:
            self._pass_on(connection, request)
            return
        if self.early:
            self._work.append(threading.Thread(target=self._ask, args=(request,)))
            self._work[-1].start()
        else:
            self._ask(request)
        reset_now(connection)
        raise ConnectionAbortedError

    def _pass_on(self, connection: socket.socket, request: Received) -> None:
        status, headers, body = self._ask(request)
        reply(status, body=body, headers=headers)(connection, request)

    def _ask(self, request: Received) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection(self._target, timeout=20)) as upstream:
            headers = {**request.headers, "accept-encoding": "identity"}
            upstream.request(request.method, request.target, request.body, headers)
            answer = upstream.getresponse()
            kept = ("content-type", "x-cognitora-features", "x-request-id", "retry-after")
            named = {n: v for n, v in answer.getheaders() if n.lower() in kept}
            return answer.status, named, answer.read()


@pytest.fixture
def relay(runtime: Runtime) -> Iterator[Relay]:
    with closing(Relay(runtime.base_url)) as relay:
        yield relay


@pytest.mark.parametrize("early", [False, True], ids=["after the work", "while it runs"])
def test_code_runs_once_though_its_answer_is_lost(
    relay: Relay, runtime: Runtime, make_client: MakeClient, early: bool
) -> None:
    relay.early = early
    client = make_client(relay.url, api_key=runtime.api_key, timeout=30)
    with client.code_interpreter.session() as session:
        assert "idempotency" in client.features()
        for _ in range(3):
            assert session.run(WRITE.format(0.3 if early else 0)).stdout == "done\n"
        relay.early = False
        assert session.run("print(open('runs').read())").stdout == "xxx\n"
    assert len(relay.sent) == 4
    assert min(relay.sent.values()) >= 2
