"""The matrix: what goes wrong, and what it comes to for each class of operation. All of it is data.

`docs/promises.md` shows this table; `python -m tests.faults.promises` writes it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.faults import strikes
from tests.faults.service import GOOD, Fault
from tests.faults.strikes import at_a_date, cut, in_seconds, redirect, status, success

LIMIT = 0.3
"""The deadline in seconds, where the point is to reach it."""


class Asked(NamedTuple):
    """How often the service is asked while a fault lasts, by class of operation."""

    safe: int
    keyed: int
    honoured: int
    never: int


CLASSES = Asked._fields

PASSING = Asked(3, 1, 3, 1)
UNDONE = Asked(3, 3, 3, 1)
FINAL = Asked(1, 1, 1, 1)


@dataclass(frozen=True)
class Row:
    """A fault and its outcome.

    Attributes:
        name: The fault, in words.
        fault: The fault.
        raises: The class of the error; "" where the call succeeds.
        status: Its `status_code`.
        asked: How often the service is asked while the fault lasts.
        ran: Its `may_have_run`.
        retry_after: The least and the most of its `retry_after`.
        limit: The call's deadline, in seconds.
        late: Whether the call ends at its deadline, and not before.
        setting: Where it happens; see `settings`.
        named: Whether the answer names the request.
        check: What must hold for the thing that a successful answer is about.
    """

    name: str
    fault: Fault
    raises: str = ""
    status: int = 0
    asked: Asked = FINAL
    ran: bool = False
    retry_after: tuple[float, float] | None = None
    limit: float = 10.0
    late: bool = False
    setting: str = "plain"
    named: bool = True
    check: Callable[[Any], bool] = bool

    @property
    def reached(self) -> bool:
        """Whether a request reaches the service."""
        return self.setting in ("plain", "tls")

    @property
    def work(self) -> int:
        """How often the work is done while the fault lasts, once at the most: 0 or 1."""
        return int(self.fault.work)


def broken(name: str, fault: Fault, **facts: Any) -> Row:
    """The connection ends after it was made: whether the work was done can't be known."""
    return Row(name, fault, "APIConnectionError", 0, PASSING, ran=True, named=False, **facts)


def late(name: str, fault: Fault) -> Row:
    return Row(
        name, fault, "APITimeoutError", 0, FINAL, ran=True, limit=LIMIT, late=True, named=False
    )


def final(number: int, kind: str) -> Row:
    return refused(number, kind, f"{number}")


def unsent(name: str, setting: str, asked: Asked = UNDONE, **facts: Any) -> Row:
    """No connection, so nothing was sent."""
    return Row(
        name,
        Fault(work=False),
        "APIConnectionError",
        0,
        asked,
        setting=setting,
        named=False,
        **facts,
    )


def passing(number: int, name: str = "", answer: Any = None, **facts: Any) -> Row:
    """A status that may pass, and that leaves open whether the work was done."""
    kind = "ServerError" if number >= 500 else "APIError"
    facts = {"ran": True, "asked": PASSING, **facts}
    fault = Fault(answer or status(number), work=facts.pop("work", True))
    return Row(name or f"{number}", fault, kind, number, **facts)


def refused(number: int, kind: str, name: str, answer: Any = None, **facts: Any) -> Row:
    """A status that says that nothing was done."""
    fault = Fault(answer or status(number), work=False)
    return Row(name or f"{number}", fault, kind, number, **facts)


def unreadable(
    name: str, bodies: Any, *, code: int = 200, limit: float = 10.0, **headers: str
) -> Row:
    """A success that can't be understood: the work was done."""
    answer: Any = bodies if callable(bodies) else success(bodies, code=code, **headers)
    return Row(name, Fault(answer), "InvalidResponseError", code, FINAL, ran=True, limit=limit)


def taken(name: str, answer: Any, check: Callable[[Any], bool] = bool, **facts: Any) -> Row:
    """An answer that is odd and good enough."""
    return Row(name, Fault(answer), check=check, **facts)


DAY = 86_400


def told_when(number: int, kind: str, asked: Asked, *, work: bool = False) -> list[Row]:
    """A status with `Retry-After` in all its forms. One that the deadline can't wait for is final."""
    forms: list[tuple[str, Any, Asked, tuple[float, float] | None]] = [
        ("without Retry-After", status(number), asked, None),
        ("Retry-After in seconds", in_seconds(number, 0.1), asked, (0.1, 0.1)),
        ("Retry-After as a date", at_a_date(number, 0), asked, (0.0, 0.0)),
        ("Retry-After of a day", in_seconds(number, DAY), FINAL, (DAY, DAY)),
        ("Retry-After tomorrow", at_a_date(number, DAY), FINAL, (DAY - 5, DAY)),
    ]
    return [
        Row(
            f"{number}, {name}",
            Fault(answer, work=work),
            kind,
            number,
            times,
            ran=work,
            retry_after=retry_after,
        )
        for name, answer, times, retry_after in forms
    ]


NULLS: Mapping[str, object] = {
    "GET": {"data": {"sessions": None}},
    "POST": {"data": {"status": "completed", "outputs": None}},
    "PATCH": {"id": "ctr_1", "status": None, "updatedAt": None},
}
LACKING: Mapping[str, object] = {"GET": {"data": {}}, "POST": {}, "PATCH": {"status": "RUNNING"}}
UNKNOWN = {
    "status": "transcended",
    "language": "cobol",
    "outputs": [{"type": "hologram", "data": {"x": 1}}],
}
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

CONTROL = "none"

SECTIONS: dict[str, list[Row]] = {
    "No fault": [
        Row(CONTROL, Fault()),
        Row("none, over TLS", Fault(), setting="tls"),
    ],
    "No connection": [
        unsent("connection refused", "refused"),
        unsent("a host name that doesn't exist", "no_such_name"),
        unsent("a certificate of an unknown authority", "tls_of_a_stranger", FINAL),
        unsent("a certificate for another name", "tls_for_another", FINAL),
        unsent("a certificate that has expired", "tls_expired", FINAL),
        unsent("a proxy that refuses (403)", "proxy_refuses"),
        unsent("a proxy that wants a password (407)", "proxy_wants_a_password"),
        unsent("a proxy that isn't there", "proxy_absent"),
    ],
    "A connection that breaks": [
        broken("reset before the request is read", Fault(greet=strikes.reset, work=False)),
        broken("closed before the request", Fault(greet=strikes.hang_up, work=False)),
        broken(
            "reset after the request, before the work",
            Fault(cut(strikes.nowhere, rudely=True), work=False),
        ),
        broken("reset after the work, before the answer", Fault(cut(strikes.nowhere, rudely=True))),
        broken(
            "closed after the work, before the answer", Fault(cut(strikes.nowhere, rudely=False))
        ),
        broken("reset in the headers", Fault(cut(strikes.in_the_headers, rudely=True))),
        broken("closed in the headers", Fault(cut(strikes.in_the_headers, rudely=False))),
        broken("reset in the body", Fault(cut(strikes.in_the_body, rudely=True))),
        broken("truncated body", Fault(cut(strikes.in_the_body, rudely=False))),
        broken("truncated body in chunks", Fault(strikes.in_a_chunk)),
        broken("an answer that isn't HTTP", Fault(strikes.no_http)),
        broken(
            "a kept connection that is reset under the request",
            Fault(cut(strikes.nowhere, rudely=True), work=False, kept=True),
        ),
        Row(
            "a kept connection that the server has closed",
            Fault(kept=True, farewell=strikes.say_goodbye),
        ),
        Row(
            "a kept connection that the server has reset",
            Fault(kept=True, farewell=strikes.vanish),
        ),
    ],
    "Too slow": [
        Row(
            "no TLS handshake within the deadline",
            Fault(greet=strikes.keep_quiet, work=False),
            "APITimeoutError",
            limit=LIMIT,
            late=True,
            setting="tls",
            named=False,
        ),
        late("no answer within the deadline", Fault(strikes.nothing)),
        late("headers byte by byte, past the deadline", Fault(strikes.slow_headers)),
        late("body byte by byte, past the deadline", Fault(strikes.slow_body)),
    ],
    "Refusals": [
        final(400, "BadRequestError"),
        final(401, "AuthenticationError"),
        final(402, "PaymentRequiredError"),
        final(403, "PermissionDeniedError"),
        final(404, "NotFoundError"),
        final(410, "NotFoundError"),
        final(413, "BadRequestError"),
        final(422, "BadRequestError"),
        final(501, "ServerError"),
        *told_when(408, "APIError", PASSING, work=True),
        *told_when(409, "ConflictError", FINAL),
        *told_when(425, "APIError", FINAL),
        *told_when(429, "RateLimitError", UNDONE),
        passing(500, "500 after the work"),
        passing(500, "500 before the work", work=False),
        passing(502, "502 with a page of HTML", status(502, PAGE, Content_Type="text/html")),
        passing(503, "503 before the work", work=False),
        passing(
            503,
            "503, Retry-After in seconds",
            in_seconds(503, 0.1),
            work=False,
            retry_after=(0.1, 0.1),
        ),
        passing(504),
        passing(520),
        passing(599),
    ],
    "Redirects": [
        refused(number, "APIError", f"{number} to {place}", redirect(number, elsewhere=elsewhere))
        for number in (301, 302, 303, 307, 308)
        for place, elsewhere in (("the same origin", False), ("another origin", True))
    ],
    "Successes that can't be read": [
        unreadable("200 with a page of HTML", PAGE, Content_Type="text/html"),
        unreadable("200 with nothing", b""),
        unreadable("200 with half a JSON", b'{"data": {"status": "comp'),
        unreadable("200 with a list for an object", b"[1]"),
        unreadable("200 without a required field", LACKING),
        unreadable("200 with invalid UTF-8", b'{"data": "\xff\xfe", "id": "\xc3("}'),
        unreadable("200 with 256 MiB packed into 256 KiB", strikes.bomb(256), limit=60.0),
        unreadable("204 where a body belongs", b"", code=204),
    ],
    "Odd answers that are good enough": [
        taken("200 with null for a list or a value", success(NULLS), check=lambda _: True),
        taken(
            "200 with an unknown field",
            success(strikes.changed({"novel": [1]})),
            lambda thing: thing.novel == thing["novel"] == [1],
        ),
        taken(
            "200 with an unknown status, type and language",
            success(strikes.changed(UNKNOWN)),
            lambda thing: thing["status"] == "transcended" and thing["language"] == "cobol",
        ),
        taken("200 with a wrong content type", success(GOOD, Content_Type="text/html")),
        taken("200 with 100 MiB", strikes.padded(100 * strikes.MIB), limit=60.0),
    ],
}

ROWS = [row for rows in SECTIONS.values() for row in rows]
