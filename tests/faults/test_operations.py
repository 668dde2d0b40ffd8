"""Every call of the facade that can change something, by its class: asked again only as that allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cognitora import APIConnectionError, AsyncProcess, Process, ProcessInfo
from cognitora_openapi.operations import OPERATIONS
from tests.facade.both import Driven
from tests.facade.conftest import MakeClient
from tests.faults import strikes
from tests.faults.rows import PASSING
from tests.faults.service import Fault, Service

Call = Callable[[Any], Any]

HERE = Path(__file__).parent
KNOWN = {"files", "filesystem", "ports", "processes", "egress", "update"}
GONE = HERE / "not-there-yet"


def running(client: Any) -> Any:
    """A process that was started before."""
    info = ProcessInfo(id="p", command=["x"], status="RUNNING")
    if isinstance(client, Driven):
        return Driven(AsyncProcess(client.inner.processes, info), client._runner)
    return Process(client.processes, info)


CALLS: list[tuple[str, str, Call]] = [
    ("execute_code", "keyed", lambda c: c.code_interpreter.execute("1")),
    ("execute_code", "keyed", lambda c: c.code_interpreter.run_python("1")),
    ("list_sessions", "safe", lambda c: c.code_interpreter.list_sessions()),
    ("create_session", "keyed", lambda c: c.code_interpreter.create_session()),
    ("get_session", "safe", lambda c: c.code_interpreter.get_session("s")),
    ("delete_session", "safe", lambda c: c.code_interpreter.delete_session("s")),
    ("get_session_logs", "safe", lambda c: c.code_interpreter.get_session_logs("s")),
    ("list_session_executions", "safe", lambda c: c.code_interpreter.get_session_executions("s")),
    ("list_executions", "safe", lambda c: c.code_interpreter.list_all_executions()),
    ("get_execution", "safe", lambda c: c.code_interpreter.get_execution("e")),
    ("list_containers", "safe", lambda c: c.containers.list_containers()),
    ("create_container", "keyed", lambda c: c.containers.create_container("i", ["x"], 1, 512, 5)),
    ("get_container", "safe", lambda c: c.containers.get_container("c")),
    ("cancel_container", "safe", lambda c: c.containers.cancel_container("c")),
    ("update_session", "never", lambda c: c.code_interpreter.update_session("s", 60)),
    ("update_container", "never", lambda c: c.containers.update_container("c", 60)),
    ("get_container_logs", "safe", lambda c: c.containers.get_container_logs("c")),
    ("list_container_executions", "safe", lambda c: c.containers.get_container_executions("c")),
    (
        "list_all_container_executions",
        "safe",
        lambda c: c.containers.list_all_container_executions(),
    ),
    ("get_container_execution", "safe", lambda c: c.containers.get_container_execution("e")),
    ("execute_in_container", "keyed", lambda c: c.containers.execute_in_container("c", ["x"])),
    ("estimate_cost", "safe", lambda c: c.containers.estimate_cost(1, 512)),
    ("collect_garbage", "safe", lambda c: c.containers.collect_garbage()),
    ("get_session_egress", "safe", lambda c: c.code_interpreter.get_egress("s")),
    ("set_session_egress", "safe", lambda c: c.code_interpreter.set_egress("s", ["a"])),
    ("get_container_egress", "safe", lambda c: c.containers.get_egress("c")),
    ("set_container_egress", "safe", lambda c: c.containers.set_egress("c", ["a"])),
    ("expose_session_port", "safe", lambda c: c.code_interpreter.expose_port("s", 8000)),
    ("list_session_ports", "safe", lambda c: c.code_interpreter.list_ports("s")),
    ("unexpose_session_port", "safe", lambda c: c.code_interpreter.unexpose_port("s", 8000)),
    ("expose_container_port", "safe", lambda c: c.containers.expose_port("c", 8000)),
    ("list_container_ports", "safe", lambda c: c.containers.list_ports("c")),
    ("unexpose_container_port", "safe", lambda c: c.containers.unexpose_port("c", 8000)),
    ("start_session_process", "keyed", lambda c: c.processes.start_session_process("s", ["x"])),
    ("start_container_process", "keyed", lambda c: c.processes.start_container_process("c", ["x"])),
    ("list_session_processes", "safe", lambda c: c.processes.list_session_processes("s")),
    ("list_container_processes", "safe", lambda c: c.processes.list_container_processes("c")),
    ("get_process", "safe", lambda c: c.processes.attach("p")),
    ("get_process", "safe", lambda c: running(c).wait(60)),
    ("get_process", "safe", lambda c: running(c).poll()),
    ("get_process", "safe", lambda c: running(c).refresh()),
    ("get_process_output", "safe", lambda c: c.processes.get_process_output("p", 0)),
    ("write_process_stdin", "safe", lambda c: running(c).write(b"x")),
    ("write_process_stdin", "safe", lambda c: running(c).close_stdin()),
    ("signal_process", "never", lambda c: running(c).signal("TERM")),
    ("signal_process", "never", lambda c: running(c).kill()),
    ("resize_process", "safe", lambda c: running(c).resize(24, 80)),
]
FILESYSTEM: list[tuple[str, str, Call]] = [
    ("list_session_files", "safe", lambda c: c.code_interpreter.list_files("s", "d")),
    ("get_session_file", "safe", lambda c: c.code_interpreter.stat_file("s", "f")),
    ("change_session_file", "safe", lambda c: c.code_interpreter.change_file("s", "f", 0o600)),
    ("remove_session_file", "safe", lambda c: c.code_interpreter.remove_file("s", "f")),
    ("make_session_folder", "keyed", lambda c: c.code_interpreter.make_folder("s", "d")),
    ("move_session_file", "keyed", lambda c: c.code_interpreter.move_file("s", "f", "g")),
    ("list_container_files", "safe", lambda c: c.containers.list_files("c", "d")),
    ("get_container_file", "safe", lambda c: c.containers.stat_file("c", "f")),
    ("change_container_file", "safe", lambda c: c.containers.change_file("c", "f", 0o600)),
    ("remove_container_file", "safe", lambda c: c.containers.remove_file("c", "f")),
    ("make_container_folder", "keyed", lambda c: c.containers.make_folder("c", "d")),
    ("move_container_file", "keyed", lambda c: c.containers.move_file("c", "f", "g")),
]
FILES: list[tuple[str, str, Call]] = [
    ("upload_session_file", "safe", lambda c: c.code_interpreter.upload("s", b"x", "f")),
    ("download_session_file", "safe", lambda c: c.code_interpreter.download("s", "f")),
    ("upload_container_file", "safe", lambda c: c.containers.upload("c", b"x", "f")),
    ("download_container_file", "safe", lambda c: c.containers.download("c", "f")),
    ("upload_session_folder", "safe", lambda c: c.code_interpreter.upload_folder("s", HERE, "d")),
    (
        "download_session_folder",
        "safe",
        lambda c: c.code_interpreter.download_folder("s", "d", GONE),
    ),
    ("upload_container_folder", "safe", lambda c: c.containers.upload_folder("c", HERE, "d")),
    ("download_container_folder", "safe", lambda c: c.containers.download_folder("c", "d", GONE)),
]


def test_every_operation_is_called() -> None:
    assert {name for name, _, _ in CALLS + FILESYSTEM + FILES} == set(OPERATIONS)


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("honoured", [False, True], ids=["", "key honoured"])
@pytest.mark.parametrize(("name", "kind", "call"), CALLS + FILESYSTEM + FILES)
def test_an_answer_that_is_lost(
    service: Service, make_client: MakeClient, name: str, kind: str, call: Call, honoured: bool
) -> None:
    client = make_client(service.url)
    inner: Any = getattr(client, "inner", client)
    base = inner._client
    base.features = frozenset(KNOWN | {"idempotency"} if honoured else KNOWN)
    base.heard = True
    service.honours = honoured
    service.fault = Fault(strikes.cut(strikes.nowhere, rudely=True))
    service.strikes = float("inf")
    with pytest.raises(APIConnectionError) as raised:
        call(client)
    column = "honoured" if honoured and kind == "keyed" else kind
    times = getattr(PASSING, column)
    assert (raised.value.operation, raised.value.attempts) == (name, times)
    assert raised.value.may_have_run
    assert service.asked == times
    assert service.work == (times if kind == "safe" else 1)
    keys = {request.headers.get("idempotency-key") for request in service.received}
    assert len(keys) == 1
    assert (None not in keys) == (kind == "keyed")
