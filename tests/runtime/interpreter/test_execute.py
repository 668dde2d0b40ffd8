from __future__ import annotations

import asyncio
import base64
import time
from datetime import UTC, datetime

import httpx

from tests.runtime.conftest import (
    EXECUTE,
    EXECUTIONS,
    SESSIONS,
    printed,
    refusal,
    run,
    stdout,
)


async def test_code_that_prints(http: httpx.AsyncClient) -> None:
    before = datetime.now(UTC)
    answer = await run(http, "import sys; print('out'); print('err', file=sys.stderr); 6 * 7")
    data = answer["data"]
    assert data["status"] == "completed"
    assert not answer["errors"]
    found = [(output["type"], output["data"]) for output in data["outputs"]]
    assert sorted(found) == [("execution_result", "42"), ("stderr", "err\n"), ("stdout", "out\n")]
    assert data["execution_time_ms"] >= 0
    assert before <= datetime.fromisoformat(data["created_at"]) <= datetime.now(UTC)


async def test_code_that_raises(http: httpx.AsyncClient) -> None:
    answer = await run(http, "print('before')\n1 / 0")
    assert answer["data"]["status"] == "failed"
    assert stdout(answer) == "before\n"
    assert answer["errors"] == ["ZeroDivisionError: division by zero"]
    (traceback,) = [o["data"] for o in answer["data"]["outputs"] if o["type"] == "error"]
    assert "1 / 0" in traceback


async def test_what_ipython_says_of_displays_is_kept(http: httpx.AsyncClient) -> None:
    answer = await run(
        http,
        "handle = display(1, display_id='mine', metadata={'a': 1})\nhandle.update(2)\n"
        "from IPython.display import clear_output\nclear_output(wait=True)",
    )
    execution = answer["data"]["execution_id"]
    record = (await http.get(f"{EXECUTIONS}/{execution}")).json()
    for outputs in (answer["data"]["outputs"], record["outputs"]):
        for output in outputs:
            del output["timestamp"]
        assert outputs == [
            {
                "type": "display_data",
                "data": {"text/plain": "1"},
                "metadata": {"a": 1},
                "display_id": "mine",
            },
            {"type": "update_display_data", "data": {"text/plain": "2"}, "display_id": "mine"},
            {"type": "clear_output", "data": "", "metadata": {"wait": True}},
        ]


async def test_code_that_takes_too_long(http: httpx.AsyncClient) -> None:
    begun = time.monotonic()
    answer = await run(http, "import time\nprint('begun')\ntime.sleep(60)", timeout_seconds=1)
    assert answer["data"]["status"] == "timeout"
    assert stdout(answer) == "begun\n"
    assert "1 s" in answer["errors"][0]
    assert time.monotonic() - begun < 10


async def test_a_figure_is_a_mime_bundle(http: httpx.AsyncClient) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    answer = await run(http, code)
    (shown,) = [o["data"] for o in answer["data"]["outputs"] if o["type"] == "display_data"]
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


async def test_environment(http: httpx.AsyncClient) -> None:
    code = "import os; print(os.environ['GREETING'], 'COGNITORA_LOCAL_API_KEY' in os.environ)"
    assert await printed(http, code, environment={"GREETING": "salve"}) == "salve False\n"


async def test_files_are_there_when_the_code_runs(http: httpx.AsyncClient) -> None:
    files = [
        {"name": "plain.txt", "content": "grün\n"},
        {"name": "deep/er/raw.bin", "content": "AP8=", "encoding": "base64"},
    ]
    code = "print(open('plain.txt').read(), open('deep/er/raw.bin', 'rb').read())"
    assert await printed(http, code, files=files) == "grün\n b'\\x00\\xff'\n"


async def test_files_belong_to_the_code(http: httpx.AsyncClient) -> None:
    files = [{"name": "d/a.txt", "content": "a"}]
    code = "import os\nopen('d/a.txt', 'a').write('b')\nopen('d/new', 'w')\nos.remove('d/new')"
    assert (await run(http, code, files=files))["data"]["status"] == "completed"


async def test_one_shots_share_nothing(http: httpx.AsyncClient) -> None:
    await run(http, "x = 1\nopen('left.txt', 'w').write('x')")
    code = "import os\nprint('x' in globals(), os.path.exists('left.txt'))"
    assert await printed(http, code) == "False False\n"


async def test_one_shots_at_the_same_time(http: httpx.AsyncClient) -> None:
    code = "import time; time.sleep(0.5); print({})"
    answers = await asyncio.gather(*(printed(http, code.format(n)) for n in range(6)))
    assert answers == [f"{n}\n" for n in range(6)]


async def test_a_one_shots_session_is_closed_already(http: httpx.AsyncClient) -> None:
    data = (await run(http, "1"))["data"]
    session = data["session_id"]
    listed = (await http.get(SESSIONS)).json()["data"]["sessions"]
    assert session not in [each["session_id"] for each in listed]
    answer = await http.post(EXECUTE, json={"code": "1", "session_id": session})
    assert "single execution" in refusal(answer, 404, "session_ended")
    history = await http.get(f"{SESSIONS}/{session}/executions")
    assert [each["id"] for each in history.json()["executions"]] == [data["execution_id"]]


async def test_the_record_of_an_execution(http: httpx.AsyncClient) -> None:
    files = [{"name": "a.txt", "content": ""}]
    data = (await run(http, "print('kept')\n[1]\n", files=files))["data"]
    record = (await http.get(f"{EXECUTIONS}/{data['execution_id']}")).json()
    assert record["status"] == "completed"
    assert record["session_id"] == data["session_id"]
    assert record["language"] == "python"
    assert record["code"] == "print('kept')\n[1]\n"
    assert record["outputs"] == data["outputs"]
    assert record["uploaded_files"] == ["a.txt"]
    assert record["execution_time_ms"] == data["execution_time_ms"]
    assert record["cpu_time_ms"] >= 0
    assert record["completed_at"] >= record["created_at"]


async def test_what_utf8_cannot_carry_is_answered_all_the_same(http: httpx.AsyncClient) -> None:
    answer = await run(http, r"import os; os.write(1, b'\xff\xfe\0'); print('\ud800'.__repr__())")
    assert answer["data"]["status"] == "completed"
    record = await http.get(f"{EXECUTIONS}/{answer['data']['execution_id']}")
    assert record.json()["outputs"] == answer["data"]["outputs"]


async def test_a_process_that_ends_itself(http: httpx.AsyncClient) -> None:
    answer = await run(http, "print('last words', flush=True)\nimport os\nos._exit(3)")
    assert answer["data"]["status"] == "failed"
    assert stdout(answer) == "last words\n"
    assert answer["errors"]
