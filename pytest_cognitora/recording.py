"""Writes down what was exchanged with the API, and answers from that where there is no API."""

from __future__ import annotations

import difflib
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .exchange import Handler, Request, Response, response
from .written import Hider, asked, read, written

VERSION = 1
AGAIN = "pytest --cognitora-record writes recordings anew."
# They differ each time, tell of the way the bytes took, or let in whoever has them.
_NOT_KEPT = frozenset(
    "date server content-length transfer-encoding connection x-request-id set-cookie".split()
)
_REFUSED = 409  # no client asks again after it


class Recorder:
    """Hands requests on, and remembers them with their answers, until `save`."""

    def __init__(self, forward: Handler, hider: Hider) -> None:
        self._forward = forward
        self._hider = hider
        self._exchanges: list[dict[str, Any]] = []

    async def __call__(self, request: Request) -> Response:
        plain = {n: v for n, v in request.headers.items() if n != "accept-encoding"}
        exchange = {"request": _request(request, self._hider)}
        self._exchanges.append(exchange)
        answer = await self._forward(replace(request, headers=plain))
        received = bytearray()

        def keep() -> None:
            kept = {n.lower(): v for n, v in answer.headers if n.lower() not in _NOT_KEPT}
            exchange["response"] = {
                "status": answer.status,
                "headers": self._hider.value(kept),
                "body": written(bytes(received), self._hider),
            }

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in answer.body:
                received.extend(piece)
                yield piece
            keep()

        async def close() -> None:
            # Who knows a stream's end by its last event needn't wait for the end of the answer.
            if received and _is_events(answer):
                keep()
            await answer.close()

        return replace(answer, body=pieces(), close=close)

    def save(self, path: Path) -> None:
        """Write what was answered whole, and of events what the client got of them."""
        whole = [each for each in self._exchanges if "response" in each]
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"version": VERSION, "exchanges": whole}, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


class Replay:
    """Answers from a recording: each request with what the same one was answered then.

    Attributes:
        failure: Why the test can't go on as it was recorded; None while it can.
    """

    def __init__(self, path: Path, hider: Hider) -> None:
        self.failure: str | None = None
        self._path = path
        self._hider = hider
        self._lock = threading.Lock()
        self._left: list[dict[str, Any]] = []
        self._used: list[dict[str, Any]] = []
        if not path.exists():
            self.failure = f"There is no recording {path}. {AGAIN}"
            return
        try:
            recording = json.loads(path.read_text(encoding="utf-8"))
            if recording["version"] != VERSION:
                self.failure = f"The recording {path} is of another version. {AGAIN}"
                return
            self._left = [_checked(each) for each in recording["exchanges"]]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            why = str(error) if isinstance(error, ValueError) else "it isn't what is written there"
            self.failure = f"The recording {path} is damaged: {why}. {AGAIN}"
        except OSError as error:
            self.failure = f"The recording {path} can't be read: {error.strerror}. {AGAIN}"

    async def __call__(self, request: Request) -> Response:
        wanted = _request(request, self._hider)
        with self._lock:
            exchange = next((each for each in self._left if each["request"] == wanted), None)
            if exchange is not None:
                self._left.remove(exchange)
                self._used.append(exchange)
            elif request.method == "GET":  # what was looked at more often than then
                exchange = next((e for e in reversed(self._used) if e["request"] == wanted), None)
            if exchange is None:
                self.failure = self.failure or self._difference(wanted)
        if exchange is None:
            body = json.dumps({"error": self.failure}).encode()
            return response(_REFUSED, body, [("Content-Type", "application/json")])
        answer = exchange["response"]
        return response(answer["status"], read(answer["body"]), [*answer["headers"].items()])

    def check(self) -> str | None:
        """What differed from the recording; None where nothing did."""
        missed = [each["request"] for each in self._left if each["request"]["method"] != "GET"]
        if self.failure or not missed:
            return self.failure
        named = "\n".join(f"  {each['method']} {each['target']}" for each in missed)
        return f"What {self._path} has was not sent this time:\n{named}\n{AGAIN}"

    def _difference(self, wanted: dict[str, Any]) -> str:
        sent = _lines(wanted)
        recorded = [_lines(each["request"]) for each in self._left]
        if not recorded:
            text = "\n".join(sent)
            return f"All of {self._path} has been answered; then came one more:\n{text}\n{AGAIN}"
        nearest = max(recorded, key=lambda lines: difflib.SequenceMatcher(a=lines, b=sent).ratio())
        shown = "\n".join(
            difflib.unified_diff(nearest, sent, "recorded", "sent", lineterm="", n=10)
        )
        return f"{self._path} has no such request left; this one is the nearest:\n{shown}\n{AGAIN}"


def _checked(exchange: dict[str, Any]) -> dict[str, Any]:
    """An exchange as a recording has it; ValueError, LookupError or TypeError where it is none."""
    match exchange:
        case {
            "request": {"method": str(), "target": str(), "body": _},
            "response": {"status": int(), "headers": dict(headers), "body": body},
        } if all(isinstance(each, str) for each in headers.values()):
            read(body)
            return exchange
    raise ValueError(f"{str(exchange)[:60]!r} is no exchange")


def _is_events(answer: Response) -> bool:
    types = (value for name, value in answer.headers if name.lower() == "content-type")
    return any(value.startswith("text/event-stream") for value in types)


def _request(request: Request, hider: Hider) -> dict[str, Any]:
    return {
        "method": request.method,
        "target": hider.text(request.target),
        "body": asked(request.body, hider),
    }


def _lines(request: dict[str, Any]) -> list[str]:
    body = json.dumps(request["body"], indent=1, ensure_ascii=False).splitlines()
    return [f"{request['method']} {request['target']}", *body]
