"""The clients that a test is given."""

from __future__ import annotations

from pathlib import Path

from tests.pytest_cognitora.conftest import Run


def test_a_runtime_of_ones_own_and_what_is_left_behind(folder: Path, alone: Run) -> None:
    (folder / "test_it.py").write_text(
        """
def test_sync(cognitora):
    assert cognitora.code_interpreter.run_python("6 * 7").text == "42"

async def test_async(cognitora_async):
    assert (await cognitora_async.code_interpreter.execute("6 * 7")).text == "42"

def test_tidy(cognitora):
    with cognitora.code_interpreter.session() as session:
        session.run("x = 1")

def test_untidy(cognitora):
    cognitora.code_interpreter.create_session()

async def test_untidy_async(cognitora_async):
    await cognitora_async.code_interpreter.create_session()

def test_nothing_is_left(cognitora):
    assert not list(cognitora.code_interpreter.iter_sessions())
"""
    )
    printed = alone(passed=6, warnings=2)
    assert printed.count("LeftBehindWarning: The test left behind the session ses_") == 2
    assert "test_it.py::test_untidy\n" in printed


def test_each_worker_of_xdist_has_a_runtime_of_its_own(folder: Path, alone: Run) -> None:
    (folder / "test_it.py").write_text(
        """
import pytest
@pytest.mark.parametrize("number", range(4))
def test_urls(cognitora, number):
    assert cognitora.code_interpreter.run_python("1").text == "1"
    print("URL", cognitora.base_url)
"""
    )
    printed = alone("-n", "2", "-rP", passed=4)
    assert len({line for line in printed.splitlines() if line.startswith("URL")}) == 2


def test_what_is_left_behind_fails_a_test_where_that_is_asked_for(folder: Path, alone: Run) -> None:
    (folder / "test_it.py").write_text(
        """
import pytest
@pytest.fixture(scope="session")
def cognitora_options(tmp_path_factory):
    return {"data_dir": tmp_path_factory.mktemp("records") / "here"}

def test_untidy(cognitora, cognitora_options):
    assert cognitora_options["data_dir"].is_dir()
    cognitora.code_interpreter.create_session()
"""
    )
    printed = alone("-W", "error::pytest_cognitora.LeftBehindWarning", passed=1, error=1)
    assert "LeftBehindWarning: The test left behind the session ses_" in printed


def test_a_server_that_others_use_is_left_as_it_is(folder: Path, shared: Run) -> None:
    (folder / "test_it.py").write_text(
        """
def test_one(cognitora):
    session = cognitora.code_interpreter.create_session()
    print("LEFT", session.session_id)

def test_two(cognitora):
    assert len(list(cognitora.code_interpreter.iter_sessions())) >= 1
"""
    )
    assert "LeftBehind" not in shared(passed=2)


def test_a_server_needs_a_key(folder: Path, alone: Run) -> None:
    (folder / "test_it.py").write_text("def test_one(cognitora): pass\n")
    printed = alone("--cognitora-base-url", "http://127.0.0.1:1", error=1)
    assert "needs a key: set COGNITORA_API_KEY" in printed


def test_who_asks_for_no_fixture_gets_nothing(folder: Path, alone: Run) -> None:
    """Neither a runtime nor the import of the client."""
    (folder / "test_it.py").write_text(
        """
import sys
def test_one():
    assert not {"cognitora", "cognitora_local", "httpx", "h11"} & set(sys.modules)
"""
    )
    alone(passed=1)
