"""The calls on processes, in few words."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import httpx

from tests.runtime.conftest import SESSIONS, open_session, until
from tests.runtime.interpreter.test_streaming import EVENTS, events

PROCESSES = "/api/v1/processes"
OCTETS = {"Content-Type": "application/octet-stream"}
LONG = 50

# Prints what it is given, line by line, and says so when that ends.
ECHO = ("sh", "-c", 'while read -r line; do echo "<$line>"; done; echo over')


async def ask(
    http: httpx.AsyncClient, session: str, *command: str, key: str = "", **more: Any
) -> httpx.Response:
    """Ask for a process; the answer, whatever it is."""
    body = {"command": list(command), **more}
    headers = {"Idempotency-Key": key} if key else {}
    return await http.post(f"{SESSIONS}/{session}/processes", json=body, headers=headers)


async def begin(
    http: httpx.AsyncClient, session: str, *command: str, **more: Any
) -> dict[str, Any]:
    """A process that the runtime accepts, as it was started."""
    answer = await ask(http, session, *command, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def new(http: httpx.AsyncClient, *command: str, **more: Any) -> str:
    """The id of a process, in a session of its own."""
    begun = await begin(http, await open_session(http), *command, **more)
    assert begun["status"] == "RUNNING", begun
    process_id: str = begun["id"]
    return process_id


async def get(http: httpx.AsyncClient, process_id: str, *, wait: int = 0) -> dict[str, Any]:
    query = {"wait_seconds": wait} if wait else {}
    answer = await http.get(f"{PROCESSES}/{process_id}", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def over(http: httpx.AsyncClient, process_id: str) -> dict[str, Any]:
    """A process that ends by itself, or has been ended."""
    found = await get(http, process_id, wait=LONG)
    assert found["status"] != "RUNNING", found
    return found


async def output(http: httpx.AsyncClient, process_id: str, offset: int = 0) -> dict[str, Any]:
    """A part of its output."""
    answer = await http.get(f"{PROCESSES}/{process_id}/output", params={"offset": offset})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def all_pieces(
    http: httpx.AsyncClient, process_id: str, offset: int = 0
) -> list[dict[str, Any]]:
    """All that a process has printed that has ended."""
    pieces = list[dict[str, Any]]()
    while not (part := await output(http, process_id, offset))["ended"]:
        assert part["pieces"], "it says that more follows, and gives none"
        pieces += part["pieces"]
        offset = part["next_offset"]
    pieces += part["pieces"]
    return pieces


async def printed(http: httpx.AsyncClient, process_id: str, stream: str = "") -> bytes:
    """What it has printed by its end, to one stream or to both."""
    await over(http, process_id)
    pieces = await all_pieces(http, process_id)
    return b"".join(data(each) for each in pieces if stream in {"", each["stream"]})


async def streamed(
    http: httpx.AsyncClient, process_id: str, offset: int = 0
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The same as events, up to its end, and how that was."""
    query = {"offset": offset}
    url = f"{PROCESSES}/{process_id}/output"
    answer = await http.get(url, params=query, headers=EVENTS)
    assert answer.status_code == 200, answer.text
    found = [event async for event in events(answer)]
    assert [name for name, _ in found] == ["output"] * (len(found) - 1) + ["end"]
    return [told for _, told in found[:-1]], found[-1][1]


def data(piece: dict[str, Any]) -> bytes:
    """The bytes of a piece. What could be text is."""
    if piece["encoding"] == "string":
        return str(piece["data"]).encode()
    found = base64.b64decode(piece["data"], validate=True)
    with suppress(UnicodeDecodeError):
        raise AssertionError(f"this is text: {found.decode()!r}")
    return found


async def write(
    http: httpx.AsyncClient, process_id: str, content: bytes, offset: int, *, close: bool = False
) -> httpx.Response:
    query = {"offset": offset, "close": "true" if close else "false"}
    url = f"{PROCESSES}/{process_id}/stdin"
    return await http.put(url, params=query, content=content, headers=OCTETS)


async def given(
    http: httpx.AsyncClient, process_id: str, content: bytes, offset: int, *, close: bool = False
) -> int:
    """Give it bytes that it takes: how many it has been given then."""
    answer = await write(http, process_id, content, offset, close=close)
    assert answer.status_code == 200, answer.text
    assert answer.json()["closed"] is close
    told: int = answer.json()["offset"]
    return told


async def signal(http: httpx.AsyncClient, process_id: str, name: str) -> dict[str, Any]:
    answer = await http.post(f"{PROCESSES}/{process_id}/signal", json={"signal": name})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def resize(
    http: httpx.AsyncClient, process_id: str, rows: int, columns: int
) -> httpx.Response:
    size = {"rows": rows, "columns": columns}
    return await http.patch(f"{PROCESSES}/{process_id}/terminal", json=size)


async def says(http: httpx.AsyncClient, process_id: str, text: bytes, offset: int = 0) -> int:
    """Wait until a process has printed this; where what follows begins."""
    seen = bytearray()

    async def has_come() -> bool:
        part = await output(http, process_id, offset + len(seen))
        seen.extend(b"".join(map(data, part["pieces"])))
        assert text in seen or not part["ended"], bytes(seen)
        return text in seen

    await until(has_come)
    return offset + seen.index(text) + len(text)
