"""The client that people use today, unchanged, against the runtime."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Runtime
from tests.contract import Contract
from tests.proxy import checking_proxy

PROGRAM = """
import sys
import cognitora
from cognitora import Cognitora, FileUpload, APIError, AuthenticationError

assert cognitora.__version__ == "1.6.1", cognitora.__version__
base_url, key = sys.argv[1:]
client = Cognitora(api_key=key, base_url=base_url, timeout=60)
interpreter = client.code_interpreter

result = interpreter.execute("print('hello')\\n6 * 7")
assert result.data.status == "completed", result
assert [(o.type, o.data) for o in result.data.outputs] == [
    ("stdout", "hello\\n"), ("execution_result", "42")
], result
assert result.data.execution_time_ms >= 0 and result.data.created_at and result.data.session_id

failed = interpreter.execute("1 / 0")
assert failed.data.status == "failed" and "ZeroDivisionError" in failed.errors[-1], failed

session = interpreter.create_session(
    timeout_seconds=600, environment={"WHO": "me"}, resources={"cpu_cores": 1.0, "memory_mb": 512}
)
assert session.status == "active" and session.resources.memory_mb == 512, session
interpreter.run_python("import os; x = os.environ['WHO']", session_id=session.session_id)
again = interpreter.execute("x", session_id=session.session_id, environment={"A": "b"})
assert again.data.outputs[0].data == "'me'", again
files = interpreter.run_with_files(
    "open('a.txt').read()",
    [FileUpload(name="a.txt", content="text")],
    session_id=session.session_id,
)
assert files.data.outputs[0].data == "'text'", files

assert session.session_id in [s.session_id for s in interpreter.list_sessions()]
details = interpreter.get_session(session.session_id)
assert len(details.executions) == 3 and details.executions[0].uploaded_files == ["a.txt"], details
executions = interpreter.get_session_executions(session.session_id, limit=2)
assert len(executions) == 2 and executions[0]["status"] == "completed", executions
assert interpreter.get_execution(executions[0]["id"])["id"] == executions[0]["id"]
assert len(interpreter.list_all_executions(limit=3, status="completed")) == 3
logs = interpreter.get_session_logs(session.session_id)
assert logs, logs
assert interpreter.delete_session(session.session_id) is True

try:
    interpreter.get_session(session.session_id)
except APIError as error:
    assert error.status_code == 404 and "deleted" in str(error), error
else:
    raise AssertionError("a deleted session was found")

assert client.containers.estimate_cost(cpu_cores=1, memory_mb=512)["estimated_credits"] >= 1
try:
    Cognitora(api_key="wrong", base_url=base_url).code_interpreter.list_sessions()
except AuthenticationError:
    pass
else:
    raise AssertionError("a wrong key was taken")
print("all of it ran")
"""


CONTAINERS = """
import sys, time
import cognitora
from cognitora import Cognitora, FileUpload, APIError

assert cognitora.__version__ == "1.6.1", cognitora.__version__
base_url, key = sys.argv[1:]
containers = Cognitora(api_key=key, base_url=base_url, timeout=60).containers
IMAGE, SIZE = "docker.io/library/busybox", {"cpu_cores": 1.0, "memory_mb": 64, "max_cost_credits": 5}

made = containers.create_container(
    image=IMAGE, command=["sh", "-c", "echo $WHO; sleep 0.2"], environment={"WHO": "me"}, **SIZE
)
assert made.id and made.status == "PENDING" and made.resources.memory_mb == 64, made
ended = containers.wait_for_completion(made.id, timeout_seconds=60, poll_interval=1)
assert ended.status == "COMPLETED" and ended.actual_cost_credits >= 1, ended
assert containers.get_container(made.id).completed_at, ended
assert containers.get_container_logs(made.id) == "me\\n"
(execution,) = containers.get_container_executions(made.id)
assert containers.get_container_execution(execution["id"])["output"] == "me\\n"
assert execution["id"] in [e["id"] for e in containers.list_all_container_executions(limit=5)]
assert made.id in [c.id for c in containers.list_containers(limit=5, status="COMPLETED")]

result = containers.run_and_wait(image=IMAGE, command=["echo", "hi"], **SIZE)
assert result["execution"].status == "COMPLETED" and result["logs"] == "hi\\n", result

box = containers.create_persistent_container(image=IMAGE, timeout_seconds=600, **SIZE)
assert box.persistent and box.expires_at, box
for _ in range(200):
    if containers.get_container(box.id).status == "RUNNING":
        break
    time.sleep(0.05)
answer = containers.execute_in_container(
    box.id,
    ["sh", "-c", "cat a.txt; echo $EXTRA; pwd"],
    files=[FileUpload(name="a.txt", content="text ")],
    timeout_seconds=30,
    environment={"EXTRA": "you"},
)
assert answer.container_id == box.id and answer.output.startswith("text you\\n/"), answer
assert answer.files_uploaded == 1 and answer.executed_at, answer
assert containers.execute_in_container(box.id, ["pwd"], working_directory="/tmp").output == "/tmp\\n"
uploaded = containers.upload_files(box.id, [FileUpload(name="b.txt", content="b")])
assert uploaded.files_uploaded == 1, uploaded
assert containers.execute_in_container(box.id, ["cat", "b.txt"]).output == "b"
updated = containers.update_container(box.id, timeout_seconds=1200)
assert updated.id == box.id and updated.expires_at > box.expires_at, updated
assert containers.cancel_container(box.id) is True
assert containers.get_container(box.id).status == "CANCELLED"

# What it sends for `persistent=True`: a null command, and times in both casings.
tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 24 * 60 * 60))
odd = containers.create_container(image=IMAGE, persistent=True, expires_at=tomorrow, **SIZE)
assert odd.id and odd.status == "PENDING", odd
assert containers.cancel_container(odd.id) is True

try:
    containers.create_container(image=IMAGE, command=["true"], gpu_count=1, **SIZE)
except APIError as error:
    assert error.status_code == 400 and "GPU" in str(error), error
else:
    raise AssertionError("there is a GPU")
print("all of it ran")
"""


@pytest.fixture(scope="module")
def published_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a virtual environment that has the published client and nothing of ours."""
    folder = tmp_path_factory.mktemp("published")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "cognitora==1.6.1"], check=True, cwd=folder)
    return python


def expect_all_of_it(
    program: str, python: Path, runtime: Runtime, contract: Contract, folder: Path
) -> None:
    """Runs a program with the published client, each exchange held against the contract."""
    with checking_proxy(contract, runtime.base_url) as proxy:
        command = [str(python), "-I", "-c", program, proxy.base_url, runtime.api_key]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all of it ran\n"
    assert proxy.breaches == []


def test_the_published_client_runs_unchanged(
    published_python: Path, runtime: Runtime, contract: Contract, tmp_path: Path
) -> None:
    expect_all_of_it(PROGRAM, published_python, runtime, contract, tmp_path)


@pytest.mark.usefixtures("registry")
def test_its_containers_run_unchanged(
    published_python: Path, runtime: Runtime, contract: Contract, tmp_path: Path
) -> None:
    expect_all_of_it(CONTAINERS, published_python, runtime, contract, tmp_path)
