"""Tests that were recorded once, and need no runtime after that."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pytest_cognitora import Request
from pytest_cognitora.exchange import Response
from pytest_cognitora.recording import AGAIN, Recorder, Replay
from pytest_cognitora.written import Hider, asked, read, written
from tests.conftest import KEYS
from tests.pytest_cognitora.conftest import Run

TEST = """
import pytest

@pytest.fixture(scope="session")
def cognitora_secrets():
    return ["hunter2"]

@pytest.mark.cognitora_recorded
def test_sum(cognitora, tmp_path):
    folder = tmp_path / "up"
    folder.mkdir()
    (folder / "a.txt").write_text("hello")
    with cognitora.code_interpreter.session() as session:
        session.upload_folder(folder, "up")
        assert session.run("open('up/a.txt').read()").text == "'hello'"
        code = "import os; print(os.environ['TOKEN']); 'hunter2'"
        secret = session.run(code, environment={"TOKEN": "s3cret" + "-value"})
        assert secret.text
    assert [piece for piece in cognitora.code_interpreter.stream("print(SUM)")]
"""


@pytest.fixture
def recorded(folder: Path, shared: Run) -> Path:
    """The recording of TEST."""
    test = folder / "test_it.py"
    test.write_text(TEST.replace("SUM", "1 + 1"))
    shared("--cognitora-record", passed=1)
    return folder / "recordings" / "test_it" / "test_sum.json"


def test_a_recording_stands_for_the_api(recorded: Path, alone: Run) -> None:
    alone(
        "--cognitora-base-url", "http://127.0.0.1:1", passed=1
    )  # where nobody is, and with no key


def test_no_secret_is_in_a_recording(recorded: Path) -> None:
    text = recorded.read_text()
    assert KEYS[0] not in text
    assert "hunter2" not in text
    assert '"TOKEN": "***"' in text
    assert "authorization" not in text.lower()


def test_what_differs_is_shown(recorded: Path, folder: Path, alone: Run) -> None:
    (folder / "test_it.py").write_text(TEST.replace("SUM", "1 + 2"))
    printed = alone(failed=1, error=1)
    assert '-  "code": "print(1 + 1)"' in printed.replace("   ", "  ")
    assert '+  "code": "print(1 + 2)"' in printed.replace("   ", "  ")
    assert "pytest --cognitora-record writes recordings anew" in printed


def test_what_isnt_sent_any_more_is_told(recorded: Path, folder: Path, alone: Run) -> None:
    shorter = TEST[: TEST.index("    assert [piece")]
    (folder / "test_it.py").write_text(shorter)
    printed = alone(passed=1, error=1)
    assert "was not sent this time" in printed
    assert "POST /api/v1/interpreter/execute" in printed


@pytest.mark.parametrize("content", [None, '{"version": 99, "exchanges": []}'])
def test_without_a_recording_it_says_how_to_make_one(
    folder: Path, alone: Run, content: str | None
) -> None:
    (folder / "test_it.py").write_text(TEST)
    if content is not None:
        file = folder / "recordings" / "test_it" / "test_sum.json"
        file.parent.mkdir(parents=True)
        file.write_text(content)
    assert "pytest --cognitora-record writes" in alone(error=1)


EXCHANGE: dict[str, Any] = {
    "request": {"method": "GET", "target": "/", "body": None},
    "response": {"status": 200, "headers": {}, "body": None},
}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "Expecting property name .*line 1 column 2"),
        ('{"version": 1,\n<<<<<<< HEAD\n', "Expecting property name .*line 2 column 1"),
        ("", "Expecting value"),
        (b"\xff", "can't decode byte 0xff"),
        ("[" * 100_000, ""),
        ("[]", ""),
        ("null", ""),
        ('{"version": 1}', ""),
        ('{"version": 1, "exchanges": 1}', ""),
        ('{"version": 1, "exchanges": [{"request": {}}]}', "is no exchange"),
        ({"response": {**EXCHANGE["response"], "status": "200"}}, "is no exchange"),
        ({"response": {**EXCHANGE["response"], "headers": {"a": 1}}}, "is no exchange"),
        ({"response": {**EXCHANGE["response"], "body": 1}}, "no body of a recording"),
        ({"response": {**EXCHANGE["response"], "body": {"base64": "a"}}}, "base64"),
    ],
    ids=str,
)
def test_a_damaged_recording_is_told_by_its_name(
    tmp_path: Path, content: str | bytes | dict[str, Any], why: str
) -> None:
    path = tmp_path / "damaged.json"
    if isinstance(content, dict):
        content = json.dumps({"version": 1, "exchanges": [EXCHANGE, EXCHANGE | content]})
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = re.escape(f"The recording {path} is damaged: ") + f".*{why}.*" + re.escape(AGAIN)
    assert re.fullmatch(told, str(Replay(path, Hider([])).failure))


def test_a_recording_that_is_a_folder_is_told(tmp_path: Path) -> None:
    failure = str(Replay(tmp_path, Hider([])).failure)
    assert failure == f"The recording {tmp_path} can't be read: Is a directory. {AGAIN}"


def test_a_stream_that_was_left_early_is_recorded_and_replayed(
    folder: Path, shared: Run, alone: Run
) -> None:
    (folder / "test_it.py").write_text(
        """
import pytest
@pytest.mark.cognitora_recorded
def test_it(cognitora):
    code = "import time\\nprint('first', flush=True)\\ntime.sleep(600)"
    with cognitora.code_interpreter.stream(code) as stream:
        assert next(iter(stream)).data == "first\\n"
"""
    )
    shared("--cognitora-record", passed=1)
    alone(passed=1)


def test_a_recording_may_be_named_and_meet_faults(folder: Path, shared: Run, alone: Run) -> None:
    (folder / "test_it.py").write_text(
        """
import pytest
@pytest.mark.cognitora_recorded("sums.json")
def test_it(cognitora, cognitora_faults):
    cognitora_faults.refuse(429, retry_after=0)
    assert cognitora.code_interpreter.run_python("1 + 1").text == "2"
"""
    )
    shared("--cognitora-record", passed=1)
    exchanges = json.loads((folder / "recordings" / "sums.json").read_text())["exchanges"]
    assert len(exchanges) == 1
    alone(passed=1)


ODD = """
import pytest

@pytest.fixture(scope="session")
def cognitora_secrets():
    return ['hun"ter\\u00e9', "se/cret word"]

@pytest.mark.cognitora_recorded
def test_odd(cognitora):
    with cognitora.code_interpreter.session() as session:
        session.path("se/cret word").write_text("x")
        code = "import sys; sys.stdout.buffer.write('hun\\x22ter\\u00e9'.encode() + bytes([255]))"
        process = session.start(["python3", "-c", code])
        assert process.communicate().stdout.endswith(chr(65533))
        assert session.start(["echo", 'hun"ter\\u00e9']).communicate().stdout.endswith("\\n")
"""


def test_no_secret_is_in_a_recording_in_another_form(folder: Path, shared: Run, alone: Run) -> None:
    (folder / "test_it.py").write_text(ODD)
    shared("--cognitora-record", passed=1)
    text = (folder / "recordings" / "test_it" / "test_odd.json").read_text()
    assert "ter\u00e9" not in text
    assert "ter\\u00e9" not in text
    assert "cret" not in text
    coded = re.findall(r'\\"data\\":\\"([A-Za-z0-9+/=]+)\\",\\"encoding\\":\\"base64', text)
    assert [base64.b64decode(each) for each in coded] == [b"*********\xff"]
    alone(passed=1)


@pytest.mark.parametrize(
    ("secret", "echo"),
    [
        ("pa ss/wörd", "pa ss/wörd"),
        ("pa ss/wörd", "pa+ss%2Fw%C3%B6rd"),
        ("pa/ss+word", "pa%2fss%2bword"),
        ("pa/ss+word", r"pa\/ss\u002bword"),
        ("pa/ss+word", "pa&#47;ss&#x2B;word"),
        ("pa/ss+word", base64.b64encode(b"pa/ss+word").decode().rstrip("=")[:-1]),
        (r"pa\s%41", r"pa\s%41"),
        (r"pa\s%41", r"pa\\s%41"),
        ("pw", "pw"),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(secret: str, echo: str) -> None:
    hider = Hider([secret])
    assert hider.text(f"<{echo}>") == "<***>"
    assert hider.data(b"\xff" + echo.encode() + b"\xff") == b"\xff***\xff"
    stars = b"*" * len(echo.encode())
    assert hider.data(echo.encode() + b"\xff", sized=True) == stars + b"\xff"
    assert hider.text("pa ss and word") == "pa ss and word"
    assert secret not in repr(vars(hider))


def test_a_folder_is_the_same_with_another_secret() -> None:
    def told(secret: str) -> Any:
        body = io.BytesIO()
        with tarfile.open(fileobj=body, mode="w") as tar:
            for name in (f"key-{secret}", "other"):
                member = tarfile.TarInfo(name)
                member.size = len(secret)
                tar.addfile(member, io.BytesIO(secret.encode()))
        return asked(body.getvalue(), Hider([secret]))

    assert told("hunter2") == told("a-longer-one")
    assert list(told("hunter2")["folder"]) == ["key-***", "other"]


def test_a_folder_that_was_fetched_is_one_without_its_secrets() -> None:
    packed, content = io.BytesIO(), b"password=hunter2\n" * 100
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("a", "b"):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    replayed = read(written(packed.getvalue(), Hider(["hunter2"])))
    with tarfile.open(fileobj=io.BytesIO(replayed)) as tar:
        assert tar.getnames() == ["a", "b"]
        found = tar.extractfile("b")
        assert found is not None
        assert found.read() == content.replace(b"hunter2", b"*" * 7)


def test_what_is_made_up_anew_each_time_is_no_difference(
    folder: Path, shared: Run, alone: Run
) -> None:
    (folder / "test_it.py").write_text(
        """
import pytest
@pytest.mark.cognitora_recorded
def test_it(cognitora):
    with cognitora.code_interpreter.session() as session:
        session.path("new").touch()
        with session.path("newer").open("x") as file:
            file.write("here")
"""
    )
    shared("--cognitora-record", passed=1)
    alone(passed=1)


async def test_a_stream_that_is_left_after_its_last_event_is_kept(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"event: end\n\n"
        await asyncio.Event().wait()

    async def close() -> None: ...

    async def answer(_: Request) -> Response:
        return Response(200, [("Content-Type", "text/event-stream")], pieces(), close)

    recorder = Recorder(answer, Hider([]))
    recorded = await recorder(Request("GET", "/", {}, b""))
    assert await anext(recorded.body) == b"event: end\n\n"
    await recorded.close()
    recorder.save(tmp_path / "it.json")
    (exchange,) = json.loads((tmp_path / "it.json").read_text())["exchanges"]
    assert exchange["response"]["body"] == {"text": ["event: end", "", ""]}


ALIKE = """
import pytest

class TestA:
    @pytest.mark.cognitora_recorded
    def test_m(self, cognitora):
        assert cognitora.code_interpreter.run_python("1").ok

class TestB:
    @pytest.mark.cognitora_recorded
    def test_m(self, cognitora):
        assert cognitora.code_interpreter.run_python("2").ok

    class TestA:
        @pytest.mark.cognitora_recorded
        def test_m(self, cognitora):
            assert cognitora.code_interpreter.run_python("3").ok

@pytest.mark.cognitora_recorded
@pytest.mark.parametrize("a", ["x/y", "x_y", "x y", "x_y_", "POST", "l" * 300, "l" * 301], ids=str)
def test_p(cognitora, a):
    assert cognitora.code_interpreter.run_python(repr(a)).text == repr(a)
"""


def test_each_test_has_a_recording_of_its_own(folder: Path, shared: Run, alone: Run) -> None:
    (folder / "test_it.py").write_text(ALIKE)
    shared("--cognitora-record", passed=10)
    files = sorted(file.name for file in (folder / "recordings/test_it").iterdir())
    plain = {"TestA.test_m.json", "TestB.test_m.json", "TestB.TestA.test_m.json"}
    plain |= {"test_p_x_y.json", "test_p_POST.json"}
    assert plain < set(files)
    hashed = [name for name in files if name not in plain]
    assert len(hashed) == 5
    assert all(re.fullmatch(r"test_p_\w+-[0-9a-f]{8}\.json", name) for name in hashed)
    alone(passed=10)


@pytest.mark.parametrize(
    ("tests", "path"),
    [
        (
            '\n@pytest.mark.parametrize("a", ["get", "GET"])\ndef test_it(cognitora, a): ...',
            "test_it/",
        ),
        (
            '("one.json")\n@pytest.mark.parametrize("a", [1, 2])\ndef test_it(cognitora, a): ...',
            "one.json",
        ),
    ],
)
def test_tests_that_would_write_one_file_say_so(
    folder: Path, shared: Run, tests: str, path: str
) -> None:
    mark = "import pytest\n@pytest.mark.cognitora_recorded"
    (folder / "test_it.py").write_text(mark + tests)
    for more in (
        [],
        ["--deselect", "test_it.py::test_it[GET]", "--deselect", "test_it.py::test_it[2]"],
    ):
        printed = shared("--cognitora-record", *more, error=1 if more else 2)
        assert "These tests would all be recorded in" in printed
        assert f"recordings/{path}" in printed
    assert not (folder / "recordings").exists()
