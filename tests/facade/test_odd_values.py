"""Nothing raw reaches the caller: whatever an argument is, the call succeeds or raises a CognitoraError."""

from __future__ import annotations

import inspect
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import cognitora
from cognitora import (
    Cognitora,
    CognitoraAsync,
    CognitoraError,
)
from cognitora_openapi.errors import LONGEST
from tests.facade.conftest import KEY
from tests.facade.odd_values import VALUES
from tests.facade.server import Received, Server, reply

ANNOUNCED = {"X-Cognitora-Features": "processes, ports, exec, stdin, files, filesystem, egress"}


def works(connection: Any, request: Received) -> None:
    """A service where all goes well."""
    executed = {"session_id": "s", "status": "completed", "language": "bash", "outputs": []}
    executed |= {"executions": [], "sessions": [], "logs": []}
    ended: dict[str, Any] = {"id": "c", "status": "COMPLETED", "executions": [], "logs": ""}
    ended |= {"output": "", "estimated_credits": 1, "command": ["a"], "offset": 1, "closed": True}
    path = "logs" if request.path.startswith("/api/v1/interpreter") else ""
    data = ended | {"data": executed, "path": "a", "size": 1, "type": "file", "files": []}
    if path == "logs":
        data = data | {"logs": []}
    if "/stdin" in request.path:
        offset = request.query.get("offset", "0")
        data["offset"] = (int(offset[:9]) if offset.isdecimal() else 0) + len(request.body)
    if "/output" in request.path:
        body = f"event: end\ndata: {json.dumps(data)}\n\n".encode()
        headers = {"Content-Type": "text/event-stream", **ANNOUNCED}
        return reply(200, body=body, headers=headers)(connection, request)
    return reply(200, data, headers=ANNOUNCED)(connection, request)


USUAL: dict[str, Any] = {
    "code": "1",
    "command": ["a"],
    "session_id": "s",
    "container_id": "c",
    "execution_id": "e",
    "image": "i",
    "cpu_cores": 1,
    "memory_mb": 512,
    "max_cost_credits": 5,
    "files": [],
    "source": b"a",
    "path": "a",
    "items": ["1"],
    "session_ids": ["s"],
    "process_id": "p",
    "port": 8000,
    "egress": ["a"],
    "signal": "TERM",
    "rows": 24,
    "columns": 80,
    "data": b"a",
    "target": "a",
    "mode": 0o600,
    "pattern": "*",
    "other": ".",
    "name": "b",
    "stem": "b",
    "suffix": ".b",
}
NEEDED = ("command", "cpu_cores", "memory_mb", "max_cost_credits")
OVERLOADED = {("create_container", parameter) for parameter in NEEDED}
"""What has a default only as a request object takes its place."""
LEFT_OUT = {"close", "open", "joinpath"}
SERVICES = {
    "code_interpreter": cognitora.CodeInterpreter,
    "containers": cognitora.Containers,
    "processes": cognitora.Processes,
    "process": cognitora.Process,
    "path": cognitora.SandboxPath,
    "session": cognitora.InterpreterSession,
    "container": cognitora.Container,
}


def calls() -> Iterator[tuple[str, str, str]]:
    """Each service, method and parameter; `request_timeout`, the same everywhere, once for each service."""
    for service, kind in SERVICES.items():
        timed = False
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if name.startswith("_") or name in LEFT_OUT:
                continue
            for parameter in list(inspect.signature(method).parameters)[1:]:
                if parameter != "request_timeout" or not timed:
                    yield service, name, parameter
                timed = timed or parameter == "request_timeout"


def arguments(method: Any, name: str) -> dict[str, Any]:
    """What makes the call a good one."""
    found: dict[str, Any] = {}
    for other, described in inspect.signature(method).parameters.items():
        if described.default is inspect.Parameter.empty or (name, other) in OVERLOADED:
            found[other] = USUAL[other]
    if "poll_interval" in inspect.signature(method).parameters:
        found["poll_interval"] = 0.01
    return found


def fresh(value: Any) -> Any:
    """The value again, where it is used up by a call."""
    made: dict[type, Callable[[], Any]] = {io.BytesIO: lambda: io.BytesIO(b"a")}
    return made.get(type(value), lambda: value)()


def is_folder(value: Any) -> bool:
    """Whether there is a folder of that name."""
    return isinstance(value, str | Path) and "\0" not in str(value) and Path(value).is_dir()


async def settled(value: Any) -> Any:
    """The value, or what it comes to when it is awaited."""
    return await value if inspect.isawaitable(value) else value


async def use(result: Any) -> None:
    """Waits for what is awaited, enters what is a block, and reads the first of what is read."""
    if isinstance(result, Path):  # which was written
        return
    if hasattr(result, "open") and hasattr(result, "close"):
        await settled(result.open())
        await settled(result.close())
    elif hasattr(result, "__next__") or hasattr(result, "__anext__"):
        try:
            await settled((getattr(result, "__next__", None) or result.__anext__)())
        except (StopIteration, StopAsyncIteration):
            pass
        finally:
            await settled((getattr(result, "aclose", None) or result.close)())
    else:
        await settled(result)


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
async def test_whatever_an_argument_is(
    kind: Any, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # downloads are written
    server.otherwise, server.in_contract = works, False
    raw: list[str] = []
    seen: Counter[tuple[str, str]] = Counter()
    client = kind(KEY, server.url, 5)
    live = {
        "session": client.code_interpreter.session(),
        "container": client.containers.container("i", 1, 1, 1),
    }
    services = {
        "code_interpreter": client.code_interpreter,
        "containers": client.containers,
        "processes": client.processes,
        "path": client.code_interpreter.path("s", "a"),
        **live,
    }
    for handle in live.values():
        await settled(handle.open())
    services["process"] = await settled(live["session"].start(["a"]))
    for service, name, parameter in calls():
        method = getattr(services[service], name)
        seen[service, parameter] += 1
        usual = arguments(method, name)
        for number, value in enumerate(VALUES):
            if seen[service, parameter] > 1 and (number + seen[service, parameter]) % 6:
                continue  # the same check as before: a part of them shows that it is there
            if (name, parameter) == ("upload_folder", "source") and is_folder(value):
                continue  # all of this machine
            where = f"{service}.{name}({parameter}=VALUES[{number}])"
            try:
                await use(method(**usual | {parameter: fresh(value)}))
            except CognitoraError as error:
                if len(str(error)) > LONGEST + 500:
                    raw.append(f"{where}: a message of {len(str(error))} characters")
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                raw.append(f"{where}: {type(error).__name__}: {error}")
    for closing in (*live.values(), client):
        await settled(closing.close())
    assert not raw, "\n".join(raw)
    assert len(VALUES) >= 100
    assert server.count > 1000


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
@pytest.mark.parametrize("parameter", ["api_key", "base_url", "timeout", "transport"])
@pytest.mark.filterwarnings("ignore:.* is plain http")
def test_whatever_a_client_is_made_with(kind: Any, parameter: str) -> None:
    for value in VALUES:
        with suppress(CognitoraError):
            kind(**{"api_key": KEY, parameter: value})


@pytest.mark.parametrize("kind", [Cognitora, CognitoraAsync])
@pytest.mark.parametrize("parameter", ["data_dir", "python", "images", "engine", "container_store"])
def test_whatever_a_runtime_is_made_with(
    kind: Any, parameter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cognitora.local._command", lambda _: ["/nowhere/python"])
    for value in VALUES:
        with pytest.raises(CognitoraError):
            kind.local(**{parameter: value})
