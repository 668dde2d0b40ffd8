"""A session that was created without networking has none, whatever is asked of it."""

from __future__ import annotations

import errno

import httpx

from tests.runtime.conftest import EXECUTE, SESSIONS, open_session, refusal


async def test_what_it_executes_has_none(http: httpx.AsyncClient) -> None:
    session = await open_session(http, networking=False)
    for asked in ({}, {"networking": False}):
        code = "import socket; print(socket.socket().connect_ex(('192.0.2.1', 9)))"
        answer = await http.post(EXECUTE, json={"code": code, "session_id": session, **asked})
        assert answer.json()["data"]["outputs"][0]["data"] == f"{errno.ENETUNREACH}\n"


async def test_what_asks_for_it_is_refused(http: httpx.AsyncClient) -> None:
    session = await open_session(http, networking=False)
    body = {"code": "1", "session_id": session, "networking": True}
    sentence = refusal(await http.post(EXECUTE, json=body), 409, "networking_off")
    assert "Leave `networking` out" in sentence
    body = {"egress": ["pypi.org:443"]}
    refusal(await http.put(f"{SESSIONS}/{session}/egress", json=body), 400, "invalid_request")
    refusal(await http.post(SESSIONS, json={**body, "networking": False}), 400, "invalid_request")
