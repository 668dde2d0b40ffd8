from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.runtime.conftest import EXECUTIONS, SESSIONS, open_session, refusal, run


async def test_executions_are_listed_newest_first(http: httpx.AsyncClient) -> None:
    ran = [(await run(http, str(n)))["data"]["execution_id"] for n in range(3)]
    listed = (await http.get(EXECUTIONS, params={"limit": 3})).json()["executions"]
    assert [each["id"] for each in listed] == ran[::-1]
    page = (await http.get(EXECUTIONS, params={"limit": 1, "offset": 1})).json()["executions"]
    assert [each["id"] for each in page] == [ran[1]]


async def test_a_status_is_compared_without_regard_to_case(http: httpx.AsyncClient) -> None:
    failed = (await run(http, "1 / 0"))["data"]["execution_id"]
    await run(http, "1")
    for status in ("failed", "FAILED"):
        found = (await http.get(EXECUTIONS, params={"status": status})).json()["executions"]
        assert found[0]["id"] == failed
        assert {each["status"] for each in found} == {"failed"}
    assert (await http.get(EXECUTIONS, params={"status": "odd"})).json() == {"executions": []}


async def test_a_session_lists_its_own_executions(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    ran = [await run(http, str(n), session_id=session) for n in range(3)]
    await run(http, "4")
    url = f"{SESSIONS}/{session}/executions"
    listed = (await http.get(url, params={"limit": 2})).json()["executions"]
    assert [each["id"] for each in listed] == [a["data"]["execution_id"] for a in ran[:0:-1]]


async def test_offset_beyond_the_end_lists_nothing(http: httpx.AsyncClient) -> None:
    offset = {"offset": 9007199254740991}
    assert (await http.get(EXECUTIONS, params=offset)).json() == {"executions": []}


async def test_outputs_are_left_out_where_nobody_wants_them(http: httpx.AsyncClient) -> None:
    """So a page holds many executions, however much they have put out."""
    session = await open_session(http)
    many = "print('x' * 1_000_000)"
    ran = [(await run(http, many, session_id=session))["data"]["execution_id"] for _ in range(4)]
    for url in (f"{SESSIONS}/{session}/executions", EXECUTIONS):
        full = (await http.get(url, params={"limit": 4})).json()
        assert len(full["executions"]) < 4
        assert full["executions"][0]["outputs"][0]["type"] == "stdout"
        assert (await http.get(url, params={"limit": 4, "outputs": "true"})).json() == full
        bare = (await http.get(url, params={"limit": 4, "outputs": "false"})).json()["executions"]
        assert [each["id"] for each in bare] == ran[::-1]
        for each in bare:
            assert "outputs" not in each
            assert (each["status"], each["code"]) == ("completed", many)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "`limit` must be at least 1; it is 0."),
        ("limit=-5", "`limit` must be at least 1; it is -5."),
        ("limit=1001", "`limit` must be at most 1000; it is 1001."),
        ("limit=ten", "`limit` must be a whole number, not text."),
        ("limit=", "`limit` must be a whole number, not text."),
        ("outputs=yes", "`outputs` must be true or false, not text."),
        ("offset=-1", "`offset` must be at least 0; it is -1."),
        ("status=", '`status` must not be empty; it is "".'),
    ],
)
async def test_a_wrong_query(wrong: httpx.AsyncClient, query: str, sentence: str) -> None:
    assert refusal(await wrong.get(f"{EXECUTIONS}?{query}"), 400, "invalid_request") == sentence


async def test_an_unknown_execution(http: httpx.AsyncClient) -> None:
    sentence = refusal(await http.get(f"{EXECUTIONS}/exec_123456"), 404, "execution_not_found")
    assert "exec_123456" in sentence


@pytest.mark.parametrize("tail", ["", "/logs", "/executions", "/files?path=f"])
async def test_an_unknown_session(http: httpx.AsyncClient, tail: str) -> None:
    answer = await http.get(f"{SESSIONS}/session_123456{tail}")
    assert "session_123456" in refusal(answer, 404, "session_not_found")


@pytest.mark.parametrize("tail", ["", "/logs", "/executions", "/files?path=f"])
async def test_an_id_with_slashes_and_marks_is_an_id(http: httpx.AsyncClient, tail: str) -> None:
    answer = await http.get(f"{SESSIONS}/..%2F..%2Fx%3Fa%3Db%23c{tail}")
    assert "../../x?a=b#c" in refusal(answer, 404, "session_not_found")


async def test_an_id_that_holds_another_path_stays_an_id(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    answer = await http.get(f"{SESSIONS}/{session}%2Flogs")
    refusal(answer, 404, "session_not_found")


LISTS = [
    (EXECUTIONS, "executions"),
    (SESSIONS + "/{session}/executions", "executions"),
    (SESSIONS + "/{session}/logs", "logs"),
]


@pytest.mark.parametrize(("url", "name"), LISTS)
async def test_pages_by_next_hold_what_was_there_whatever_is_added(
    http: httpx.AsyncClient, url: str, name: str
) -> None:
    session = await open_session(http)
    for n in range(4):
        await run(http, f"print({n})", session_id=session)
    url = url.format(session=session)

    async def page(**query: str | int) -> dict[str, Any]:
        answer = (await http.get(url, params=query)).json()
        found: dict[str, Any] = answer.get("data", answer)
        return found

    whole = (await page(limit=4))[name]
    walked: list[Any] = []
    after: dict[str, str] = {}
    for _ in range(4):
        found = await page(limit=1, **after)
        walked += found[name]
        after = {"after": found.get("next", "none follow")}
        await run(http, "print('new')", session_id=session)
    assert walked == whole
    assert (await page(limit=1, offset=1))[name] == (await page(limit=2))[name][1:]


async def test_the_last_page_says_so(http: httpx.AsyncClient) -> None:
    session = await open_session(http)
    await run(http, "1", session_id=session)
    url = f"{SESSIONS}/{session}/executions"
    assert (await http.get(url)).json().get("next") is None
    ran = (await http.get(url, params={"limit": 1})).json()["executions"][0]["id"]
    assert (await http.get(url, params={"after": ran})).json() == {"executions": []}


@pytest.mark.parametrize(("url", "name"), LISTS)
async def test_a_page_after_nothing_that_is_there(
    wrong: httpx.AsyncClient, url: str, name: str
) -> None:
    url = url.format(session=await open_session(wrong))
    for after in ("exec_0", "1.2.3", "9" * 40, "\udcff"):
        answer = await wrong.get(url, params={"after": after.encode("utf-8", "replace")})
        assert "Pass the `next` of the page before" in refusal(answer, 400, "invalid_request")


async def test_the_details_of_a_session_tell_where_its_executions_go_on(
    http: httpx.AsyncClient,
) -> None:
    session = await open_session(http)
    code = "print({}, 'x' * 600_000)"
    ran = [await run(http, code.format(n), session_id=session) for n in range(4)]
    ids = [each["data"]["execution_id"] for each in ran][::-1]
    details = (await http.get(f"{SESSIONS}/{session}")).json()["data"]
    shown = [each["id"] for each in details["executions"]]
    assert shown == ids[: len(shown)]
    assert 0 < len(shown) < 4
    assert details["next"] == shown[-1]
    url = f"{SESSIONS}/{session}/executions"
    rest = (await http.get(url, params={"after": details["next"]})).json()
    assert [each["id"] for each in rest["executions"]] == ids[len(shown) :][
        : len(rest["executions"])
    ]
    small = await open_session(http)
    await run(http, "1", session_id=small)
    assert (await http.get(f"{SESSIONS}/{small}")).json()["data"].get("next") is None
