"""What goes wrong on the way to the API, as often as a test says."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .exchange import BrokenOff, Handler, Request, Response, response

if TYPE_CHECKING:
    from .proxy import Proxy

Strike = Callable[[Request, Handler], Awaitable[Response]]
WHOLE = (int,)
NUMBER = (int, float)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass
class _Fault:
    name: str
    strike: Strike
    times: int
    method: str | None
    path: str
    optional: bool
    struck: bool = False

    def __str__(self) -> str:
        method = f"method={self.method!r}, " if self.method else ""
        return f"{self.name}({method}path={self.path!r})"

    def matches(self, request: Request) -> bool:
        return self.method in (None, request.method) and fnmatchcase(request.path, self.path)


class Faults:
    """The faults of one test: the fixture `cognitora_faults`.

    The test's clients reach the API through it. Each method but `die`, `come_back` and `clear` plans a fault
    for requests that come from then on; those planned first strike first, and one request meets one of them.
    It takes:

        times: How many requests it strikes; 1 by default.
        method: Strikes those of this method alone, such as `"POST"`.
        path: Strikes those of this path alone; a pattern as shells have them, such as `"*/execute"`.
        optional: Whether the test passes where it never strikes; otherwise it fails at its end.

    Attributes:
        requests: What came, in order, struck or not: how often a call was sent can be asked of it.
    """

    def __init__(self, forward: Handler) -> None:
        self.requests: list[Request] = []
        self._forward = forward
        self._planned: list[_Fault] = []
        self._lock = threading.Lock()
        self._proxy: Proxy | None = None

    def delay(
        self,
        seconds: float,
        *,
        times: int = 1,
        method: str | None = None,
        path: str = "*",
        optional: bool = False,
    ) -> None:
        """The request reaches the API this much later."""
        _check("seconds", seconds, NUMBER, 0)

        async def strike(request: Request, forward: Handler) -> Response:
            await asyncio.sleep(seconds)
            return await forward(request)

        self._plan("delay", strike, times, method, path, optional)

    def refuse(
        self,
        status: int = 429,
        *,
        retry_after: float | None = None,
        message: str = "Refused, as the test wants it.",
        times: int = 1,
        method: str | None = None,
        path: str = "*",
        optional: bool = False,
    ) -> None:
        """The API doesn't see the request; the answer is this status, with `Retry-After` if it is given."""
        _check("status", status, WHOLE, 400, 599)
        _check_kind("message", message, str, "a text")
        headers = [("Content-Type", "application/json")]
        if retry_after is not None:
            _check("retry_after", retry_after, NUMBER, 0)
            headers.append(("Retry-After", f"{retry_after:g}"))
        body = json.dumps({"error": message}).encode()

        async def strike(_: Request, __: Handler) -> Response:
            return response(status, body, headers)

        self._plan("refuse", strike, times, method, path, optional)

    def out_of_credits(
        self,
        *,
        times: int = 1,
        method: str | None = "POST",
        path: str = "*",
        optional: bool = False,
    ) -> None:
        """The account can't pay for the request: status 402."""
        self.refuse(
            402,
            message="Insufficient credits.",
            times=times,
            method=method,
            path=path,
            optional=optional,
        )

    def reset(
        self,
        *,
        after_work: bool = False,
        times: int = 1,
        method: str | None = None,
        path: str = "*",
        optional: bool = False,
    ) -> None:
        """The connection is reset: before the API sees the request, or `after_work`, once it has answered."""
        _check_kind("after_work", after_work, bool, "True or False")

        async def strike(request: Request, forward: Handler) -> Response:
            if after_work:
                answer = await forward(request)
                async for _ in answer.body:
                    pass
                await answer.close()
            raise BrokenOff(reset=True)

        self._plan("reset", strike, times, method, path, optional)

    def truncate(
        self,
        after: int = 1,
        *,
        times: int = 1,
        method: str | None = None,
        path: str = "*",
        optional: bool = False,
    ) -> None:
        """The API does its work; of its answer come `after` bytes at most, and then the end."""
        _check("after", after, WHOLE, 0)

        async def strike(request: Request, forward: Handler) -> Response:
            answer = await forward(request)
            return replace(answer, body=_beginning(answer.body, after))

        self._plan("truncate", strike, times, method, path, optional)

    def die(self) -> None:
        """The server is gone: connections are reset, and new ones refused, until it comes back."""
        assert self._proxy is not None
        self._proxy.vanish()

    def come_back(self) -> None:
        """The server is there again, at the same address."""
        assert self._proxy is not None
        self._proxy.listen()

    def clear(self) -> None:
        """Forget the faults that haven't struck yet."""
        with self._lock:
            self._planned.clear()

    def use(self, proxy: Proxy) -> None:
        """What `die` takes away."""
        self._proxy = proxy

    async def __call__(self, request: Request) -> Response:
        """Answer a request, with the fault that strikes it."""
        with self._lock:
            self.requests.append(request)
            fault = next((each for each in self._planned if each.matches(request)), None)
            if fault is not None:
                fault.struck = True
                fault.times -= 1
                if fault.times <= 0:
                    self._planned.remove(fault)
        if fault is None:
            return await self._forward(request)
        return await fault.strike(request, self._forward)

    def never_struck(self) -> str | None:
        """What to say of the faults that met no request, though they aren't optional; None for none."""
        with self._lock:
            missed = [each for each in self._planned if not (each.struck or each.optional)]
            came = dict.fromkeys(f"{each.method} {each.path}" for each in self.requests)
        if not missed:
            return None
        return (
            f"Never struck: {', '.join(map(str, missed))}. The requests that came: "
            f"{', '.join(came) or 'none'}. A fault that needn't strike takes optional=True."
        )

    def _plan(
        self,
        name: str,
        strike: Strike,
        times: int,
        method: str | None,
        path: str,
        optional: bool,
    ) -> None:
        _check("times", times, WHOLE, 1)
        if method not in (None, *METHODS):
            raise ValueError(f"method must be one of {', '.join(METHODS)} or None, not {method!r}.")
        _check_kind("optional", optional, bool, "True or False")
        pattern = 'a pattern such as "*/execute"'
        _check_kind("path", path, str, pattern)
        if not path.startswith(("/", "*", "?", "[")):
            raise ValueError(f"path must be {pattern}, not {path!r}.")
        with self._lock:
            self._planned.append(_Fault(name, strike, times, method, path, optional))


def _check(
    name: str, value: float, kinds: tuple[type[float], ...], least: int, most: int = sys.maxsize
) -> None:
    """A wrong fault is told where it is planned: when it strikes, it would look like the API's."""
    if isinstance(value, kinds) and not isinstance(value, bool) and least <= value <= most:
        return
    what = "a number" if float in kinds else "a whole number"
    bounds = f"of {least} or more" if most == sys.maxsize else f"from {least} to {most}"
    raise ValueError(f"{name} must be {what} {bounds}, not {value!r}.")


def _check_kind(name: str, value: object, kind: type, what: str) -> None:
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be {what}, not {value!r}.")


async def _beginning(body: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    async for piece in body:
        yield piece[:size]
        size -= len(piece)
        if size <= 0:
            break
    raise BrokenOff(reset=False)
