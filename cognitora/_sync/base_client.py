# Derived from ../_async/base_client.py by `make generate`: change that, not this.
"""The base client: the one place where key, headers, retries, deadline, errors and logging live."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from cognitora_openapi.content_decoder import MAX_REFUSAL_BYTES
from cognitora_openapi.error_responses import error_of
from cognitora_openapi.operations import OPERATIONS, Operation

from .. import progress
from .._concurrency.threads import OWED, in_thread, sleep
from .._http.types import (
    MAX_ANSWER_BYTES,
    Body,
    ContentDecoder,
    ContentError,
    Headers,
    Request,
    RequestHeaders,
    Response,
    encode,
)
from .._version import __version__
from ..config import Config
from ..deadline import Deadline
from ..errors import APIConnectionError, CognitoraError, InvalidRequestError, UnsupportedError
from ..numbers import positive_seconds
from ..retry import Attempts
from ..telemetry import Call
from .response import Nothing, StreamedResponse, unpacked

if TYPE_CHECKING:
    from ..local import LocalRuntime
    from .transport import Transport, TransportResponse

T = TypeVar("T")

USER_AGENT = f"cognitora-python/{__version__}"

UNKNOWN = frozenset((404, 405, 501))
"""What servers answer to an operation that they don't know."""


class BaseClient:
    """Sends requests: with the key, within a deadline, repeated where that is safe.

    Args:
        config: Key, address and time-out.
        transport: What carries them; by default connections of its own to `config.base_url`.

    Attributes:
        config: The settings.
        features: What the server has announced of the contract's extensions.
        heard: Whether it has answered at all, so that `features` is its word.
        stdin_writers: What gives processes their input, each by its process's id.
    """

    def __init__(self, config: Config, transport: Transport | None = None) -> None:
        self.config = config
        self.features: frozenset[str] = frozenset()
        self.heard = False
        self._transport = transport
        self._runtime: LocalRuntime | None = None
        self._starting = False
        self.stdin_writers: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self._opening = threading.Lock()
        self._closed = False

    def use_local(self, runtime: LocalRuntime) -> None:
        """Sends to a runtime of this client's own, which ends when nothing holds the client any more."""
        self._runtime, self._starting = runtime, True
        weakref.finalize(self, runtime.close)

    def local_address(self) -> str | None:
        """The address of that runtime, once it is ready; None where there is none.

        Raises:
            CognitoraError: It did not start.
        """
        if self._runtime is None:
            return None
        if self._starting:
            self.config = replace(self.config, base_url=self._runtime.wait())
            self._starting = False
        return self.config.base_url

    def ready(self) -> None:
        """Waits for a local runtime that is still starting.

        Raises:
            CognitoraError: It did not start.
        """
        if self._starting:
            in_thread(self.local_address)

    def call(
        self,
        name: str,
        built: Mapping[str, Any],
        request_timeout: float | None = None,
        usual: float | None = None,
    ) -> Response:
        """Sends what a generated request builder has made.

        Args:
            name: The operationId.
            built: The builder's result.
            request_timeout: Seconds, if the caller gave them.
            usual: Seconds otherwise; None for the client's `timeout`.

        Raises:
            CognitoraError: As `send`; InvalidRequestError for what can't be written as JSON.
        """
        if self._starting:  # before the call's own time begins
            self.ready()
        operation = OPERATIONS[name]
        self.check_fields(operation, built)
        with progress.of_call(name, built):
            return self.send(
                operation,
                built["url"],
                params=built.get("params"),
                headers=built.get("headers"),
                body=encode(built["json"]) if "json" in built else b"",
                deadline=self.deadline(request_timeout, usual),
            )

    def deadline(self, request_timeout: float | None, usual: float | None = None) -> Deadline:
        """The deadline of a call that starts now; arguments as those of `call`."""
        if request_timeout is not None:
            return Deadline(positive_seconds("request_timeout", request_timeout))
        return Deadline(usual or self.config.timeout)

    def send(
        self,
        operation: Operation,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        deadline: Deadline,
    ) -> Response:
        """Sends a request and reads its answer whole.

        Args:
            operation: What is asked for; says what may be repeated.
            url: The path, escaped, from the first slash after the host.
            params: The query.
            headers: More headers, such as the content type.
            body: What to send.
            deadline: When to give up, over all attempts.

        Returns:
            The answer, of status 2xx.

        Raises:
            APIError: The server refused; the class tells why.
            APITimeoutError: The deadline has passed.
            APIConnectionError: No connection could be made, or it broke.
            InvalidResponseError: The answer is packed wrongly or too large.
        """
        self.ready()
        request = self._request(operation, url, params, headers, body)
        with Call(operation, self.config) as call:
            return self._persist(operation, request, deadline, self._read_whole, call)

    def stream(
        self,
        operation: Operation,
        url: str,
        *,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        deadline: Deadline,
    ) -> StreamedResponse:
        """The same, but the answer's body is read as it comes; close it when done.

        What breaks after the head has arrived is raised to who reads: it is not repeated.
        """
        self.ready()
        request = self._request(operation, url, params, headers, body)
        call = Call(operation, self.config)
        try:
            streamed = self._persist(operation, request, deadline, self._read_later, call)
        except BaseException as error:
            call.end(error)
            raise
        streamed.call = call
        return streamed

    def check_feature(self, feature: str, operation: str) -> None:
        """Does nothing unless the server has answered, and doesn't announce what an operation needs.

        Raises:
            UnsupportedError: So it is; nothing was done.
        """
        if feature and self.heard and feature not in self.features:
            raise UnsupportedError(
                f"This server doesn't announce `{feature}`, which this needs: see `client.features()`.",
                operation=operation,
            )

    def hear(self, request_timeout: float | None = None) -> None:
        """Asks the server something small, unless it has answered already: with that it says what it knows.

        Raises:
            CognitoraError: It can't be asked.
        """
        self.deadline(request_timeout)  # which checks it
        if not self.heard:
            self.ready()  # before the call's own time begins
            look = OPERATIONS["list_sessions"]
            self.send(look, look.path, deadline=self.deadline(request_timeout))

    def check_fields(self, operation: Operation, built: Mapping[str, Any]) -> None:
        """Asks a server what it is like before it is sent what it may not take, and would pass over.

        Args:
            operation: What is to be asked for.
            built: The request, as a generated request builder has made it.

        Raises:
            UnsupportedError: It doesn't announce a field of the body or of the query.
            CognitoraError: It can't be asked.
        """
        given = built.get("json", {}) | built.get("params", {})
        for name in operation.fields.keys() & given.keys():
            self.hear()
            self.check_feature(operation.fields[name], operation.id)

    def close(self) -> None:
        """Closes the connections. Calls after this raise an error."""
        self._closed = True
        try:
            if self._transport is not None:
                self._transport.close()
        finally:
            if self._runtime is not None:
                in_thread(self._runtime.close)

    def _request(
        self,
        operation: Operation,
        url: str,
        params: Mapping[str, object] | None,
        headers: Mapping[str, str] | None,
        body: Body,
    ) -> Request:
        if self._closed and not OWED.get():
            raise InvalidRequestError("This client is closed. Make a new one.")
        query = f"?{urlencode(_as_json(params))}" if params else ""
        sent = RequestHeaders({"Accept": "application/json", **(headers or {})})
        sent["Accept-Encoding"] = "gzip"
        sent["User-Agent"] = USER_AGENT
        sent["Authorization"] = f"Bearer {self.config.key.reveal()}"
        if operation.retry == "keyed":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        if not isinstance(body, bytes):
            if "Content-Length" not in sent:
                sent["Transfer-Encoding"] = "chunked"
        elif body or operation.method not in ("GET", "DELETE"):
            sent["Content-Length"] = str(len(body))
        return Request(operation.method, f"{self.config.base_url}{url}{query}", sent, body)

    def _persist(
        self,
        operation: Operation,
        request: Request,
        deadline: Deadline,
        read: Callable[[TransportResponse, Operation, int], T],
        call: Call,
    ) -> T:
        self.check_feature(operation.feature, operation.id)
        attempts = Attempts(operation, deadline)
        while True:
            number = attempts.begin()
            call.attempt(number)
            try:
                answer = self._open(request, deadline)
                if not 200 <= answer.status < 300:
                    raise self._refusal(answer, request)
                result = read(answer, operation, number)
            except CognitoraError as error:
                if error.status_code in UNKNOWN:
                    self.check_feature(operation.feature, operation.id)
                failure = error
            else:
                call.answered(answer.status, answer.headers)
                return result
            failure.message = self.config.key.hide(self._told(failure))
            failure.args = (failure.message,)
            call.failed(failure)
            if attempts.already_done(failure):
                return read(Nothing(), operation, number)
            honoured = "idempotency" in self.features
            pause = attempts.pause_after(failure, key_honoured=honoured)
            call.pause(pause)
            sleep(pause)

    def _told(self, failure: CognitoraError) -> str:
        """What went wrong; of a local runtime that is gone there is more to say than of a server."""
        if self._runtime is not None and isinstance(failure, APIConnectionError):
            return self._runtime.exit_reason() or failure.message
        return failure.message

    def _open(self, request: Request, deadline: Deadline) -> TransportResponse:
        deadline.left()
        answer = (self._transport or self._connect()).open(request, deadline)
        self.heard = self.heard or answer.status < 500
        announced = answer.headers.get("x-cognitora-features")
        # One that answers without the header honours nothing: a server of another version, say. But a
        # failing one may have been cut off from what it would have said.
        if announced is not None or answer.status < 500:
            self.features = _words(announced or "")
        return answer

    def _connect(self) -> Transport:
        from .connections import Connections  # not before it is needed: it takes 40 ms

        with self._opening:
            if self._transport is None:
                self._transport = Connections(self.config.base_url)
            return self._transport

    def _refusal(self, answer: TransportResponse, request: Request) -> CognitoraError:
        body = b""
        try:
            for piece in unpacked(answer, MAX_REFUSAL_BYTES):
                body += piece
        except (CognitoraError, ContentError):
            # The status is known, and tells more than that its explanation was cut off.
            pass
        finally:
            answer.close()
        hide = self.config.key.hide
        path = f"{request.method} {request.url.removeprefix(self.config.base_url).split('?')[0]}"
        headers = Headers((name, hide(value)) for name, value in answer.headers.items())
        text = hide(body.decode("utf-8", "replace"))
        return error_of(answer.status, headers, text.encode(), path=path)

    def _read_whole(self, answer: TransportResponse, operation: Operation, number: int) -> Response:
        # By hand, not by `unpacked`: most answers go this way, and a generator more is felt in each of them.
        pieces: list[bytes] = []
        problem = None
        try:
            decoder = ContentDecoder(answer.headers.get("content-encoding", ""), MAX_ANSWER_BYTES)
            for piece in answer:
                pieces += decoder.feed(piece)
            decoder.end()
        except ContentError as error:
            problem = str(error)
        finally:
            answer.close()
        if problem is not None:
            del pieces[1:]  # its start is enough to tell what it was
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        response = Response(
            answer.status, answer.headers, body, operation.id, number, self.config.key
        )
        if problem is not None:
            raise response.unreadable(problem)
        return response

    def _read_later(
        self, answer: TransportResponse, operation: Operation, number: int
    ) -> StreamedResponse:
        return StreamedResponse(answer, operation.id, number, self.config.key)


@lru_cache(maxsize=16)
def _words(announced: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in announced.split(",") if word.strip())


def _as_json(params: Mapping[str, object]) -> dict[str, object]:
    """A query with `true` and `false` as the contract has them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
    }
