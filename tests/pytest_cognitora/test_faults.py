"""What goes wrong on the way to the API, where a test wants it."""

from __future__ import annotations

from pathlib import Path

from tests.pytest_cognitora.conftest import Run

HEAD = """
METHODS = "method must be one of GET, POST, PUT, PATCH, DELETE or None, not "
PATH = 'path must be a pattern such as "*/execute", not '

import time
import pytest
import cognitora as sdk

def posts(faults):
    return [each.path for each in faults.requests if each.method == "POST"]
"""


def test_each_fault_does_what_it_says(folder: Path, shared: Run) -> None:
    (folder / "test_it.py").write_text(
        HEAD
        + """
def test_delay(cognitora, cognitora_faults):
    cognitora_faults.delay(0.3)
    began = time.monotonic()
    cognitora.code_interpreter.list_sessions()
    assert time.monotonic() - began >= 0.3

def test_refused_and_asked_again(cognitora, cognitora_faults):
    cognitora_faults.refuse(429, retry_after=0, times=2)
    assert cognitora.code_interpreter.run_python("1").text == "1"
    assert len(posts(cognitora_faults)) == 3

def test_refused_for_good(cognitora, cognitora_faults):
    cognitora_faults.refuse(403, message="not you")
    with pytest.raises(sdk.PermissionDeniedError, match="not you"):
        cognitora.code_interpreter.list_sessions()

def test_out_of_credits(cognitora, cognitora_faults):
    cognitora_faults.out_of_credits()
    cognitora.code_interpreter.list_sessions()  # costs nothing
    with pytest.raises(sdk.PaymentRequiredError):
        cognitora.code_interpreter.run_python("1")
    assert cognitora.code_interpreter.run_python("1").text == "1"

def test_reset_before(cognitora, cognitora_faults):
    cognitora_faults.reset(method="GET")
    cognitora.code_interpreter.list_sessions()
    assert [each.method for each in cognitora_faults.requests] == ["GET", "GET"]

def test_reset_after_the_work_never_does_it_twice(cognitora, cognitora_faults):
    with cognitora.code_interpreter.session() as session:
        session.run("count = 0")
        cognitora_faults.reset(after_work=True, path="*/execute")
        assert session.run("count += 1; count").text == "1"
        assert session.run("count").text == "1"

def test_truncated(cognitora, cognitora_faults):
    cognitora.code_interpreter.list_sessions()
    cognitora_faults.truncate(3, times=99)
    with pytest.raises(sdk.CognitoraError):
        cognitora.code_interpreter.list_sessions(request_timeout=1)
    cognitora_faults.clear()
    cognitora.code_interpreter.list_sessions()

def test_dead_and_back(cognitora, cognitora_faults):
    cognitora.code_interpreter.list_sessions()
    cognitora_faults.die()
    with pytest.raises(sdk.APIConnectionError):
        cognitora.code_interpreter.list_sessions(request_timeout=1)
    cognitora_faults.come_back()
    cognitora.code_interpreter.list_sessions()

async def test_async(cognitora_async, cognitora_faults):
    cognitora_faults.refuse(429, retry_after=0)
    assert (await cognitora_async.code_interpreter.run_python("1")).text == "1"

def test_none(cognitora, cognitora_faults):
    printed = []
    for piece in cognitora.code_interpreter.stream("for i in range(3): print(i)"):
        printed.append(piece)
    assert printed
    assert cognitora_faults.requests[0].headers["authorization"] not in repr(cognitora_faults.requests)

@pytest.mark.parametrize(("fault", "given", "told"), [
    ("delay", {"seconds": 1, "times": 0}, "times must be a whole number of 1 or more, not 0"),
    ("reset", {"times": 1.5}, "times must be a whole number of 1 or more, not 1.5"),
    ("delay", {"seconds": "1"}, "seconds must be a number of 0 or more, not '1'"),
    ("delay", {"seconds": -1}, "seconds must be a number of 0 or more, not -1"),
    ("delay", {"seconds": float("nan")}, "seconds must be a number of 0 or more, not nan"),
    ("refuse", {"status": "x"}, "status must be a whole number from 400 to 599, not 'x'"),
    ("refuse", {"status": 200}, "status must be a whole number from 400 to 599, not 200"),
    ("refuse", {"status": True}, "status must be a whole number from 400 to 599, not True"),
    ("refuse", {"retry_after": "soon"}, "retry_after must be a number of 0 or more, not 'soon'"),
    ("truncate", {"after": -1}, "after must be a whole number of 0 or more, not -1"),
    ("delay", {"seconds": float("inf")}, "seconds must be a number of 0 or more, not inf"),
    ("refuse", {"message": b"no"}, "message must be a text, not b'no'"),
    ("reset", {"after_work": "no"}, "after_work must be True or False, not 'no'"),
    ("reset", {"method": "fetch"}, METHODS + "'fetch'"),
    ("out_of_credits", {"method": 5}, METHODS + "5"),
    ("reset", {"optional": 0}, "optional must be True or False, not 0"),
    ("reset", {"path": 5}, PATH + "5"),
    ("delay", {"seconds": 1, "path": "execute"}, PATH + "'execute'"),
])
def test_a_fault_that_can_not_be(cognitora_faults, fault, given, told):
    with pytest.raises(ValueError) as caught:
        getattr(cognitora_faults, fault)(**given)
    assert str(caught.value) == f"{told}."
"""
    )
    shared(passed=28)


def test_a_caller_who_leaves_is_told_to_the_api(folder: Path, shared: Run) -> None:
    """Code that nobody waits for any more ends, through the injector as well."""
    (folder / "test_it.py").write_text(
        HEAD
        + """
def test_leaving(cognitora, cognitora_faults):
    with cognitora.code_interpreter.session() as session:
        with pytest.raises(sdk.APITimeoutError):
            session.run("import time\\nwhile True: time.sleep(0.01)", request_timeout=1)
        assert session.run("1").text == "1"
"""
    )
    shared(passed=1)


def test_a_fault_that_never_struck_fails_the_test(folder: Path, shared: Run) -> None:
    (folder / "test_it.py").write_text(
        HEAD
        + """
@pytest.fixture
def session(cognitora):
    with cognitora.code_interpreter.session() as session:
        yield session

def test_typo(cognitora, cognitora_faults):
    cognitora_faults.truncate(10, path="*/nowhere")
    cognitora_faults.refuse(method="GET")
    cognitora.code_interpreter.run_python("1")

def test_nothing_came(cognitora_faults):
    cognitora_faults.delay(1)

def test_optional(cognitora, cognitora_faults):
    for plan in (cognitora_faults.reset, cognitora_faults.truncate, cognitora_faults.refuse):
        plan(path="*/nowhere", optional=True)
    cognitora_faults.out_of_credits(optional=True)
    cognitora_faults.delay(1, optional=True)

def test_cleared(cognitora, cognitora_faults):
    cognitora_faults.reset()
    cognitora_faults.clear()

def test_struck_less_often_than_it_might(cognitora, cognitora_faults):
    cognitora_faults.refuse(retry_after=0, times=9)
    with pytest.raises(sdk.RateLimitError):
        cognitora.code_interpreter.list_sessions()

def test_struck_when_fixtures_end(session, cognitora_faults):
    cognitora_faults.reset(method="DELETE")

def test_failed_before(cognitora_faults):
    cognitora_faults.reset()
    assert False, "of its own"

def test_skipped(cognitora_faults):
    cognitora_faults.reset()
    pytest.skip()
"""
    )
    printed = shared(passed=6, failed=1, skipped=1, errors=2)
    assert (
        "Never struck: truncate(path='*/nowhere'), refuse(method='GET', path='*'). "
        "The requests that came: POST /api/v1/interpreter/execute. "
        "A fault that needn't strike takes optional=True."
    ) in printed
    assert "Never struck: delay(path='*'). The requests that came: none." in printed
