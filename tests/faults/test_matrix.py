"""Every class of operation under every fault, sync and async: what is raised, and what was done.

The outcomes stand in `rows`. While a fault lasts, the call ends as stated there. One that passes after
its first strike is overcome by each class that asks again at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import cognitora
from cognitora import CognitoraError
from tests.facade.conftest import KEY, MakeClient
from tests.faults.conftest import PARSERS
from tests.faults.rows import CLASSES, ROWS, SECTIONS, Row
from tests.faults.service import ANNOUNCED, Fault, Service
from tests.faults.settings import SETTINGS, Place
from tests.faults.strikes import at_a_date
from tests.faults.test_operations import HERE, running

LATE_SECONDS = 1.5
"""How much later than its deadline a call may end on a machine that is busy."""

Call = Callable[[Any, float], Any]

OPERATIONS: dict[str, tuple[str, Call]] = {
    "safe": ("list_sessions", lambda c, s: c.code_interpreter.list_sessions(request_timeout=s)),
    "keyed": ("execute_code", lambda c, s: c.code_interpreter.execute("1", request_timeout=s)),
    "honoured": ("execute_code", lambda c, s: c.code_interpreter.execute("1", request_timeout=s)),
    "never": (
        "update_container",
        lambda c, s: c.containers.update_container("c", 60, request_timeout=s),
    ),
}
"""Of each class the one whose answers are spoilt as well."""


def _start(client: Any, seconds: float) -> Any:
    return client.processes.start_session_process("s", ["x"], request_timeout=seconds)


def _make(client: Any, seconds: float) -> Any:
    return client.code_interpreter.make_folder("s", "d", request_timeout=seconds)


MORE: dict[str, list[tuple[str, Call]]] = {
    "safe": [
        ("get_process", lambda c, s: c.processes.attach("p", request_timeout=s)),
        ("write_process_stdin", lambda c, s: running(c).close_stdin(request_timeout=s)),
        (
            "expose_session_port",
            lambda c, s: c.code_interpreter.expose_port("s", 8000, request_timeout=s),
        ),
        (
            "unexpose_session_port",
            lambda c, s: c.code_interpreter.unexpose_port("s", 8000, request_timeout=s),
        ),
        (
            "set_session_egress",
            lambda c, s: c.code_interpreter.set_egress("s", ["a"], request_timeout=s),
        ),
        (
            "get_session_file",
            lambda c, s: c.code_interpreter.stat_file("s", "f", request_timeout=s),
        ),
        (
            "upload_session_file",
            lambda c, s: c.code_interpreter.upload("s", b"x", "f", request_timeout=s),
        ),
        (
            "upload_session_folder",
            lambda c, s: c.code_interpreter.upload_folder("s", HERE, "d", request_timeout=s),
        ),
    ],
    "keyed": [("start_session_process", _start), ("make_session_folder", _make)],
    "honoured": [("start_session_process", _start), ("make_session_folder", _make)],
    "never": [
        (
            "update_session",
            lambda c, s: c.code_interpreter.update_session("s", 60, request_timeout=s),
        ),
        ("signal_process", lambda c, s: running(c).signal("TERM", request_timeout=s)),
    ],
}
"""Those that are under what happens on the way alone: of processes, files, ports and the like."""


class Cell(NamedTuple):
    row: Row
    kind: str
    lasting: bool
    operation: str
    call: Call

    @property
    def asked(self) -> int:
        """How often the service is asked."""
        times: int = getattr(self.row.asked, self.kind)
        return times if self.lasting else 2

    @property
    def limits(self) -> tuple[float, ...]:
        """Its deadline, in seconds; where it is reached, a longer one for a machine that is busy."""
        return (self.row.limit, 20 * self.row.limit) if self.row.late else (self.row.limit,)

    @property
    def fails(self) -> bool:
        return bool(self.row.raises) and self.lasting

    @property
    def work(self) -> int:
        """How often the work is done: more than once only where that does no harm."""
        done_by_fault = self.row.work * (self.asked if self.lasting else 1)
        done = done_by_fault + (0 if self.lasting else 1)
        return done if self.kind == "safe" else min(done, 1)

    def __str__(self) -> str:
        named = (
            self.kind
            if self.operation == OPERATIONS[self.kind][0]
            else f"{self.kind}-{self.operation}"
        )
        return f"{self.row.name}-{named}-{'lasting' if self.lasting else 'passing'}"

    @property
    def parsed(self) -> bool:
        """Whether it is about reading what arrives; how parsers do that stands in `test_http11`."""
        return self.operation == "execute_code" and self.kind == "keyed" and self.row in READING


READING = SECTIONS["No fault"] + SECTIONS["A connection that breaks"] + SECTIONS["Too slow"]
SPOILT = SECTIONS["Successes that can't be read"] + SECTIONS["Odd answers that are good enough"]


def cells(row: Row, kind: str, *, lasting: bool) -> list[Cell]:
    """Of a row and a class, with each operation that it concerns."""
    more = [] if row in SPOILT else MORE[kind]
    return [Cell(row, kind, lasting, *each) for each in (OPERATIONS[kind], *more)]


LASTING = [cell for row in ROWS for kind in CLASSES for cell in cells(row, kind, lasting=True)]
# Where a fault is met once only, or there is nothing behind it, a second look would show the same.
PASSING = [
    cell
    for row in ROWS
    for kind in CLASSES
    if getattr(row.asked, kind) > 1 and row.setting == "plain"
    for cell in cells(row, kind, lasting=False)
]


def thing(result: Any) -> Any:
    """What an answer is about."""
    if isinstance(result, list):
        return result[0] if result else None
    return result.get("data", result) if hasattr(result, "get") else result


RUNS = [
    pytest.param(parser, cell, id=f"{parser}-{cell}")
    for parser in PARSERS
    for cell in LASTING + PASSING
    if parser == PARSERS[0] or cell.parsed
]


@pytest.mark.usefixtures("no_pauses", "one_connection", "parser")
@pytest.mark.parametrize(("parser", "cell"), RUNS, indirect=["parser"])
def test_a_call_under_a_fault(
    cell: Cell, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for limit in cell.limits:
        with SETTINGS[cell.row.setting](monkeypatch, tmp_path) as place:
            client = make_client(place.base_url)
            prepare(client, place, cell)
            ended = call(client, cell, limit)
            if limit == cell.limits[-1] or not too_busy(ended, place, cell):
                check(ended, client, place, cell)
                return
            client.close()


class Ended(NamedTuple):
    """What a call within so many seconds came to, and how many it took."""

    limit: float
    took: float
    result: Any
    error: CognitoraError | None


def call(client: Any, cell: Cell, limit: float) -> Ended:
    start = time.monotonic()
    try:
        result, error = cell.call(client, limit), None
    except CognitoraError as raised:
        result, error = None, raised
    return Ended(limit, time.monotonic() - start, result, error)


def too_busy(ended: Ended, place: Place, cell: Cell) -> bool:
    """Was the deadline over before the fault could strike, or the machine late to tell of it?"""
    asked = None if place.asked is None else place.asked()
    return asked not in (None, cell.asked) or ended.took >= ended.limit + LATE_SECONDS


def check(ended: Ended, client: Any, place: Place, cell: Cell) -> None:
    row = cell.row
    if cell.fails:
        assert ended.error is not None, f"it came to {ended.result!r}"
        check_error(ended.error, cell, place)
    else:
        assert ended.error is None, f"{ended.error!r}"
        assert ended.result is None or row.check(thing(ended.result))
    assert ended.took < ended.limit + (LATE_SECONDS if row.late else 0)
    assert not row.late or ended.took >= ended.limit
    if place.asked is not None:
        assert place.asked() == cell.asked
    if place.service is not None:
        check_service(place.service, cell)
        if row.setting == "plain":
            check_after(client, place.service)
    client.close()


@pytest.mark.usefixtures("no_pauses")
def test_a_date_is_waited_for(service: Service, make_client: MakeClient) -> None:
    service.fault, service.strikes = Fault(at_a_date(503, 1), work=False), 1
    OPERATIONS["safe"][1](make_client(service.url), 10)
    assert (service.asked, service.work, service.early) == (2, 1, 0)


def prepare(client: Any, place: Place, cell: Cell) -> None:
    base = getattr(client, "inner", client)._client
    base.features = frozenset(ANNOUNCED.split(", "))  # as if the server had announced it
    if cell.kind == "honoured":
        base.features |= {"idempotency"}
    base.heard = True
    service, fault = place.service, cell.row.fault
    if service is None:
        return
    service.honours = cell.kind == "honoured"
    service.fault = fault
    if fault.kept:
        client.code_interpreter.list_sessions()
        assert fault.farewell is None or service.parted.wait(10)
        service.asked = service.work = 0
    if cell.fails or not cell.lasting:
        service.strikes = float("inf") if cell.lasting else 1
    elif fault.answer is not None:
        service.strikes = float("inf")


def check_error(error: CognitoraError, cell: Cell, place: Place) -> None:
    row = cell.row
    assert type(error) is getattr(cognitora, row.raises)
    assert (error.status_code, error.may_have_run) == (row.status, row.ran)
    assert (error.attempts, error.operation) == (cell.asked, cell.operation)
    assert error.request_id == ("req_fault" if row.named else None)
    if row.retry_after is None:
        assert error.retry_after is None
    else:
        least, most = row.retry_after
        assert error.retry_after is not None
        assert least <= error.retry_after <= most
    assert KEY not in f"{error!r}{vars(error)}"


def check_service(service: Service, cell: Cell) -> None:
    assert service.work == (cell.work if cell.row.reached else 0)
    assert service.early == 0
    assert service.elsewhere.connections == 0
    if cell.row.fault.kept and cell.row.fault.farewell is None:
        assert service.received[1].connection == service.received[0].connection


def check_after(client: Any, service: Service) -> None:
    """The client is as good as before: a call without a fault is asked for once and done once."""
    service.fault, service.strikes, service.earliest = Fault(), 0, 0.0
    service.asked = service.work = 0
    assert client.code_interpreter.execute("1").ok
    assert (service.asked, service.work) == (1, 1)
