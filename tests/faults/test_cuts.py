"""The local runtime behind connections that break anywhere: nothing twice, nothing missing, nothing half."""

from __future__ import annotations

import hashlib
import itertools
import random
import time
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cognitora import CognitoraError
from tests.clients import client_of
from tests.conftest import Runtime
from tests.facade.conftest import MakeClient
from tests.faults.cutter import Cutter

KIB = 1024
EVENTS = (500 * KIB, 900 * KIB)
"""So far on there is one whole event at least."""


@cache
def numbers() -> bytes:
    """What `seq 1000000` prints."""
    return "".join(f"{number}\n" for number in range(1, 1_000_001)).encode()


@pytest.fixture
def cutter(runtime: Runtime) -> Iterator[Cutter]:
    with closing(Cutter(runtime.base_url)) as cutter:
        yield cutter


@pytest.fixture
def client(
    cutter: Cutter, runtime: Runtime, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A client whose connections may break; it pauses for nothing."""
    for kind in ("_async", "_sync"):
        monkeypatch.setattr(f"cognitora.{kind}.process.FIRST_PAUSE", 0.0)
    return make_client(cutter.url, api_key=runtime.api_key, timeout=60)


@pytest.fixture
def session(cutter: Cutter, client: Any) -> Iterator[Any]:
    with client.code_interpreter.session() as session:
        yield session
        cutter.cut(())


def places(seed: int, least: int, most: int, times: int) -> Iterator[int]:
    """Where connections break: soon, in a request or its answer's head, and further on, in turns."""
    dice = random.Random(seed)
    for turn in range(times):
        yield dice.randrange(1, 900) if turn % 2 else dice.randrange(least, most)


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("seed", range(2))
def test_a_process_starts_once(cutter: Cutter, session: Any, seed: int) -> None:
    dice = random.Random(seed)
    started = []
    for _ in range(12):
        cutter.cut(dice.randrange(1, 1500) for _ in range(2))  # the third attempt gets through
        started.append(session.start(["sh", "-c", "echo x >>runs"]))
    assert cutter.made >= 6
    cutter.cut(())
    assert len({process.id for process in started}) == 12
    for process in started:
        assert process.wait(60).exit_code == 0
    assert session.run("print(open('runs').read())").stdout == "x\n" * 12 + "\n"


@pytest.mark.usefixtures("no_pauses")
def test_a_start_that_fails_has_started_one_or_none(
    cutter: Cutter, client: Any, session: Any
) -> None:
    dice, known, unknown = random.Random(3), 0, 0
    for most in (
        100,
        700,
        0,
    ) * 4:  # no request comes through, or one that isn't answered, or all do
        cutter.cut(dice.randrange(1, most) for _ in (itertools.count() if most else ()))
        try:
            session.start(["sh", "-c", "echo x >>runs"])
            known += 1
        except CognitoraError as error:
            unknown += error.may_have_run
    cutter.cut(())
    started = client.processes.list_session_processes(session.id)
    for each in started:
        assert client.processes.attach(each.id).wait(60).exit_code == 0
    assert known < len(started) < known + unknown
    assert session.run("open('runs', 'a+').tell()").text == str(2 * len(started))


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("seed", range(3))
def test_output_comes_once_and_whole(cutter: Cutter, session: Any, seed: int) -> None:
    process = session.start(["seq", "1000000"])
    cutter.cut(places(seed, *EVENTS, 30))
    assert b"".join(piece.data for piece in process) == numbers()
    assert cutter.made >= 6
    assert (process.info.output_bytes, process.exit_code) == (len(numbers()), 0)


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("seed", range(2))
def test_both_streams_come_in_order_and_whole(cutter: Cutter, session: Any, seed: int) -> None:
    lines = 250_000
    script = f"seq {lines} & seq {lines} | sed 's/^/err /' >&2; wait"
    process = session.start(["sh", "-c", script])
    cutter.cut(places(seed, *EVENTS, 30))
    streams = {"stdout": "", "stderr": ""}
    for piece in process:
        streams[piece.stream] += piece.text
    for stream, word in (("stdout", ""), ("stderr", "err ")):
        assert streams[stream].splitlines() == [f"{word}{number}" for number in range(1, lines + 1)]
    assert cutter.made >= 2


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("seed", range(2))
def test_what_is_written_is_taken_once(cutter: Cutter, session: Any, seed: int) -> None:
    dice = random.Random(seed)
    content = dice.randbytes(3_000_000)
    process = session.start(["sha256sum"])
    rest = content
    while rest:
        size = dice.randrange(1, 400 * KIB)
        cutter.cut(places(dice.randrange(100), 1, 500 * KIB, 2))
        process.write(rest[:size])
        rest = rest[size:]
    process.close_stdin()
    assert cutter.made >= 6
    assert process.wait(60).stdin_bytes == len(content)
    printed = "".join(piece.text for piece in process)
    assert printed.split()[0] == hashlib.sha256(content).hexdigest()


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("seed", range(2))
def test_what_goes_through_comes_out_once_and_whole(
    cutter: Cutter, session: Any, seed: int
) -> None:
    content = random.Random(seed).randbytes(3_000_000)
    process = session.start(["cat"])
    cutter.cut(size for each in places(seed, 1, 800 * KIB, 6) for size in (each, 3_500 * KIB))
    assert process.communicate(content, timeout=120).stdout_bytes == content
    assert cutter.made >= 1


def tree(folder: Path, seed: int) -> dict[str, str]:
    """Makes a folder with files in it; their sums, by their paths."""
    dice, sums = random.Random(seed), {}
    for number in range(40):
        path = folder / f"d{number % 5}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(dice.randbytes(dice.randrange(100 * KIB)))
        sums[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return sums


def sums_there(session: Any, folder: str) -> dict[str, str]:
    """Of all that is in a folder of the session, hidden or not."""
    found = session.run(f"!cd {folder} && find . -type f | xargs -r sha256sum").stdout
    return {line.split()[1].removeprefix("./"): line.split()[0] for line in found.splitlines()}


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("seed", range(2))
def test_a_folder_goes_there_and_back_whole(
    cutter: Cutter, session: Any, tmp_path: Path, seed: int
) -> None:
    sums = tree(tmp_path / "here", seed)
    cutter.cut(places(seed, 1, 1500 * KIB, 2))  # the third attempt gets through
    session.upload_folder(tmp_path / "here", "there")
    assert cutter.made == 2
    assert sums_there(session, "there") == sums
    # What breaks in the middle of an answer isn't asked for again: it is an error, and leaves nothing.
    for place in random.Random(seed).sample(range(2000, 1500 * KIB), 6):
        cutter.cut([place])
        with pytest.raises(CognitoraError):
            session.download_folder("there", tmp_path / "back")
        assert sorted(each.name for each in tmp_path.iterdir()) == ["here"]
    cutter.cut(())
    session.download_folder("there", tmp_path / "back")
    assert {
        str(path.relative_to(tmp_path / "back")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "back").rglob("f*")
    } == sums


@pytest.mark.usefixtures("no_pauses")
def test_an_upload_that_breaks_off_says_so_and_leaves_no_file_half(
    cutter: Cutter, session: Any, runtime: Runtime, tmp_path: Path
) -> None:
    sums = tree(tmp_path / "here", 7)
    session.run("!mkdir there")
    for place in random.Random(7).sample(range(2000, 1500 * KIB), 4):
        cutter.cut(itertools.repeat(place))
        with pytest.raises(CognitoraError) as raised:
            session.upload_folder(tmp_path / "here", "there")
        assert raised.value.may_have_run
        cutter.cut(())
        # The runtime may hear a moment later that there is no more, and removes what it had.
        deadline = time.monotonic() + 30
        while not sums_there(session, "there").items() <= sums.items():
            assert time.monotonic() < deadline
    with client_of("sync", runtime) as client:
        client.code_interpreter.upload_folder(session.id, tmp_path / "here", "there")
    assert sums_there(session, "there") == sums
