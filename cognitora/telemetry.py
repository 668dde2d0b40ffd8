"""What a call tells of itself: lines in the log `cognitora`, and a span where the program traces.

Silent by default. OpenTelemetry is never imported from here: a program that traces has done so itself, and
a look into `sys.modules` shows it.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from ._version import __version__
from .errors import CognitoraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

    from cognitora_openapi.operations import Operation

    from .config import Config

log = logging.getLogger("cognitora")
log.addHandler(logging.NullHandler())


class Call:
    """One call, from its first attempt to its result; as a context manager it ends with the block.

    Args:
        operation: What is asked for.
        config: Of whom, and the key, which is told nowhere.
    """

    def __init__(self, operation: Operation, config: Config) -> None:
        self._operation = operation
        self._key = config.key
        self._number = 0
        self._began = self._start = time.monotonic()
        self._span = _span(operation, config.base_url)

    def attempt(self, number: int) -> None:
        """An attempt begins; its number, from 1."""
        self._number, self._start = number, time.monotonic()

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The attempt has its answer."""
        self._tell(status, headers.get("x-request-id"), None)

    def failed(self, error: CognitoraError) -> None:
        """The attempt has failed."""
        self._tell(error.status_code, error.request_id, error)

    def pause(self, seconds: float) -> None:
        """Another attempt follows, after so many seconds."""
        log.info(
            "%s: trying again in %.2f s",
            self._operation.id,
            seconds,
            extra={"operation": self._operation.id, "pause_s": seconds},
        )

    def end(self, error: BaseException | None = None) -> None:
        """It is over: well, or by an error."""
        span, self._span = self._span, None
        if span is None:
            return
        span.set_attribute("cognitora.attempts", self._number)
        if error is not None:
            from opentelemetry.trace import Status, StatusCode  # there, or there were no span

            span.set_attribute("error.type", type(error).__qualname__)
            told = error.message if isinstance(error, CognitoraError) else None
            span.set_status(Status(StatusCode.ERROR, told))
        span.end()

    def end_stream(self, size: int, error: BaseException | None = None) -> None:
        """The answer's body, read as it came, is over after so many bytes."""
        took = 1000 * (time.monotonic() - self._began)
        how = "left early" if isinstance(error, GeneratorExit) else error or "to its end"
        log.debug(
            "%s: stream of %d bytes, %.1f ms: %s",
            self._operation.id,
            size,
            took,
            how,
            extra={"operation": self._operation.id, "bytes": size, "duration_ms": took},
        )
        self.end(None if isinstance(error, GeneratorExit) else error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.end(error)

    def _tell(self, status: int, request_id: str | None, error: CognitoraError | None) -> None:
        if self._span is None and not log.isEnabledFor(logging.DEBUG):
            return
        took = 1000 * (time.monotonic() - self._start)
        request_id = request_id and self._key.hide(request_id)
        log.debug(
            "%s: attempt %d, %.1f ms: %s %s",
            self._operation.id,
            self._number,
            took,
            status or (error and error.message),
            request_id or "",
            extra={
                "operation": self._operation.id,
                "attempt": self._number,
                "status": status,
                "duration_ms": took,
                "request_id": request_id,
            },
        )
        if self._span is not None:
            facts: dict[str, str | int | float] = {
                "cognitora.attempt": self._number,
                "cognitora.duration_ms": took,
            }
            if status:
                facts["http.response.status_code"] = status
                self._span.set_attribute("http.response.status_code", status)
            if request_id:
                facts["cognitora.request_id"] = request_id
                self._span.set_attribute("cognitora.request_id", request_id)
            if error is not None:
                facts["error.type"] = type(error).__qualname__
            self._span.add_event("attempt", facts)


def tell_wait(operation: str, waited_for: str, status: str | None, pause: float) -> None:
    """What is waited for hasn't come; it is asked for again after so many seconds."""
    log.debug(
        "%s: %s is %s, looking again in %.2f s",
        operation,
        waited_for,
        status or "unknown",
        pause,
        extra={"operation": operation, "status": status, "pause_s": pause},
    )


def _span(operation: Operation, base_url: str) -> Span | None:
    """A span under the caller's current one; None where the program doesn't trace."""
    get_tracer = getattr(sys.modules.get("opentelemetry.trace"), "get_tracer", None)
    if get_tracer is None:
        return None
    from opentelemetry.trace import SpanKind

    server = urlsplit(base_url)
    span: Span = get_tracer("cognitora", __version__).start_span(
        operation.id,
        kind=SpanKind.CLIENT,
        attributes={
            "http.request.method": operation.method,
            "url.template": operation.path,
            "server.address": server.hostname or "",
            "server.port": server.port or (443 if server.scheme == "https" else 80),
        },
    )
    return span if span.is_recording() else None
