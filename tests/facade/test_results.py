from __future__ import annotations

import base64
import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cognitora import (
    ContainerExecResponse,
    ContainerExecution,
    ExecuteCodeResponse,
    Execution,
    ExecutionError,
    InterpreterExecution,
    RunResult,
)

PNG = b"\x89PNG\r\n\x1a\n-not-really"
PICTURE = {"image/png": base64.b64encode(PNG).decode(), "text/plain": "<Figure>"}
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"


def result(*outputs: dict[str, Any], status: str = "completed", **more: Any) -> ExecuteCodeResponse:
    return ExecuteCodeResponse.from_dict(
        {"data": {"status": status, "outputs": [*outputs]}, **more}
    )


def out(kind: str, data: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "data": data, **more}


def test_a_result_reads_like_values() -> None:
    found = result(
        out("stdout", "a\n"),
        out("stderr", "w\n"),
        out("stdout", "b\n"),
        out("execution_result", "42"),
    )
    assert (found.stdout, found.stderr, found.text) == ("a\nb\n", "w\n", "42")
    assert (found.ok, found.error, found.images) == (True, None, [])
    assert found.raise_for_error() is found


def test_text_falls_back_to_what_was_printed() -> None:
    assert result(out("stdout", "a\n")).text == "a\n"
    assert result().text == ""


def test_progress_bars_leave_their_last_state() -> None:
    found = result(
        out("stdout", "load\n 10%\r 50%"), out("stdout", "\r100%\r\ndone\n"), out("stderr", "a\rb")
    )
    assert found.text == "load\n100%\ndone\n"
    assert found.stdout == "load\n 10%\r 50%\r100%\r\ndone\n"
    assert found.stderr == "a\rb"


def test_what_was_cleared_and_updated() -> None:
    other = {"image/png": base64.b64encode(PNG + b"2").decode()}
    wait, now = out("clear_output", "", metadata={"wait": True}), out("clear_output", "")
    shown = out("display_data", PICTURE, display_id="a")
    update = out("update_display_data", other, display_id="a")

    found = result(out("stdout", "1\n"), wait, out("stdout", "2\n"), wait)
    assert (found.text, found.stdout) == ("2\n", "1\n2\n")
    assert result(out("stdout", "1\n"), now).text == ""
    assert [image.data for image in result(shown, shown, update).images] == [PNG + b"2"] * 2
    assert result(shown, wait).images[0].data == PNG
    assert result(shown, wait, out("stdout", "1")).images == []
    assert result(out("display_data", PICTURE), update).images[1].data == PNG + b"2"
    assert result(shown, wait, now).images == []
    assert len(result(shown, now, update).data.outputs) == 3


def test_a_result_reads_as_users_of_the_readme_read_it() -> None:
    found = result(out("stdout", "x"))
    assert found.data.outputs[0].data == found["data"]["outputs"][0]["data"] == "x"
    assert found.data.outputs[0].type == "stdout"
    assert "status" in found.data
    assert found.data.created_at is None
    assert found.errors is None


@pytest.mark.parametrize("status", ["completed", "COMPLETED", "success"])
def test_what_is_ok(status: str) -> None:
    assert result(status=status).ok


NOT_OK = [
    (result(status="failed"), "The execution's status is failed."),
    (result(status="timeout", errors=["The code was stopped after 1 s."]), "stopped after 1 s"),
    (result(out("error", "Traceback…"), status="failed", errors=["E: 1"]), "Traceback…"),
    (result(out("error", "Traceback…")), "Traceback…"),
    (result(errors=["odd"]), "odd"),
    (result(status="unheard-of"), "unheard-of"),
]


@pytest.mark.parametrize(("found", "words"), NOT_OK)
def test_what_is_not_ok_says_why(found: ExecuteCodeResponse, words: str) -> None:
    assert not found.ok
    assert words in (found.error or "")


STOPPED = "The code was stopped after 1 s, its timeout."


def test_the_error_tells_the_reason_behind_the_traceback() -> None:
    trace = "Traceback (most recent call last):\n  …\nKeyboardInterrupt\n"
    stopped = result(out("error", trace), status="timeout", errors=["KeyboardInterrupt", STOPPED])
    assert stopped.error == f"{trace}{STOPPED}"
    group = "  + Exception Group\n  | ExceptionGroup: g (1 sub-exception)\n  +-+---\n    | E: 1"
    raised = result(out("error", group), errors=["ExceptionGroup: g (1 sub-exception)"])
    assert raised.error == group
    divided = "Traceback…\nZeroDivisionError: division by zero"
    failed = result(
        out("error", divided), status="failed", errors=["ZeroDivisionError: division by zero"]
    )
    assert failed.error == divided
    lines = "Traceback…\nValueError: one\n  two"
    failed = result(out("error", lines), status="failed", errors=["ValueError: one\n  two"])
    assert failed.error == lines


def test_a_reason_isnt_told_twice_beside_an_errors_properties() -> None:
    traceback = "Error: away {\n  code: 'AWAY'\n}"
    raised = result(out("error", traceback), status="failed", errors=["Error: away"])
    assert raised.error == traceback


def test_an_error_raised_ends_with_the_traceback() -> None:
    failed = result(out("error", "Traceback…\nE: 1\n"), status="failed", errors=["E: 1"])
    with pytest.raises(ExecutionError) as raised:
        failed.raise_for_error()
    assert str(raised.value).endswith("\nTraceback…\nE: 1")
    assert "[" not in str(raised.value)
    assert raised.value.operation == "execute_code"
    assert raised.value.result is failed


@pytest.mark.parametrize("status", ["running", "RUNNING", "pending"])
def test_what_still_runs_has_not_failed(status: str) -> None:
    record = InterpreterExecution.from_dict({"id": "e", "status": status})
    assert (record.ok, record.error, record.raise_for_error()) == (False, None, record)


@pytest.mark.parametrize(
    ("errors", "read"),
    [
        ("one text\nin two lines", ["one text", "in two lines"]),
        (["a", None, 7], ["a", "7"]),
        (None, None),
        ([], []),
        ({"message": "odd"}, ["{'message': 'odd'}"]),
    ],
)
def test_errors_are_lines_whatever_a_server_sends(errors: Any, read: Any) -> None:
    assert result(status="failed", errors=errors).errors == read
    record = InterpreterExecution.from_dict({"id": "e", "status": "failed", "errors": errors})
    assert record.errors == read


@pytest.mark.parametrize("bad", [None, 7, "text", {}, {"data": "no type"}, {"type": None}])
def test_an_output_that_cannot_be_one_does_not_take_the_others_with_it(bad: Any) -> None:
    outputs = [out("stdout", "a"), bad, out("stdout", "b")]
    assert result(*outputs).stdout == "ab"
    fields = {"id": "e", "status": "completed", "outputs": outputs}
    assert InterpreterExecution.from_dict(fields).stdout == "ab"


def test_a_result_prints_short() -> None:
    large = {"image/png": base64.b64encode(bytes(20_000)).decode(), "text/plain": "<Figure>"}
    found = result(
        out("stdout", "line\n" * 1000),
        out("display_data", large),
        out("execution_result", "42"),
        out("error", "Traceback…\n  File…\nE: 1"),
        status="failed",
        errors=["E: 1", STOPPED],
    )
    lines = repr(found).splitlines()
    assert lines[0] == "<ExecuteCodeResponse failed"
    assert lines[1].startswith(r"  stdout: 'line\nline")
    assert lines[1].endswith("… of 5,000 characters")
    assert lines[2:] == [
        "  display_data: '<Figure>', image/png of 20,000 bytes",
        "  execution_result: '42'",
        "  error: 'E: 1'",
        f"  error: {STOPPED!r}>",
    ]
    assert len(repr(result(*[out("stdout", "x")] * 1000))) < 1000
    bare = result(out("error", "Traceback…\n  File…\nE: 1\n"), status="failed")
    assert repr(bare) == "<ExecuteCodeResponse failed\n  error: 'E: 1'>"
    record = InterpreterExecution.from_dict({"id": "exec_1", "status": "completed"})
    assert repr(record) == "<InterpreterExecution exec_1 completed>"


def test_what_is_inside_a_result_prints_short_too() -> None:
    large = {"image/png": base64.b64encode(bytes(20_000)).decode()}
    found = result(*[out("display_data", large, region="eu")] * 100)
    assert len(repr(found.data.outputs[0])) < 300
    assert len(repr(found.data)) < 6000
    assert "region='eu'" in repr(found.data.outputs[0])
    assert repr(Execution(id="c", status="RUNNING")) == "Execution(id='c', status='RUNNING')"


def test_pictures_are_found_wherever_they_are() -> None:
    found = result(
        out("display_data", PICTURE),
        out("execution_result", "<Figure>", mime_bundle={"image/svg+xml": [SVG[:9], SVG[9:]]}),
        out("display_data", {"text/html": "<b>"}),
        out("display_data", "text only"),
        out("display_data", {"image/png": "no base64!"}),
    )
    assert [(i.media_type, i.data) for i in found.images] == [
        ("image/png", PNG),
        ("image/svg+xml", SVG.encode()),
    ]
    assert found.text == "<Figure>"


def test_pictures_are_saved(tmp_path: Path) -> None:
    found = result(out("display_data", PICTURE), out("display_data", {"image/svg+xml": SVG}))
    folder = tmp_path / "new" / "folder"
    paths = found.save(folder)
    assert paths == [folder / "image-1.png", folder / "image-2.svg"]
    assert paths[0].read_bytes() == PNG
    assert paths[1].read_text() == SVG
    assert found.save(str(folder)) == paths
    assert result().save(folder) == []


def test_a_notebook_shows_the_picture_and_the_text() -> None:
    bundle = result(out("stdout", "hi\n"), out("display_data", PICTURE))._repr_mimebundle_()
    html = bundle.pop("text/html")
    assert bundle == {"text/plain": "hi\n", "image/png": PICTURE["image/png"]}
    assert html.index(">hi\n<") < html.index(f'src="data:image/png;base64,{PICTURE["image/png"]}"')
    image = result(out("display_data", PICTURE)).images[0]
    assert image._repr_mimebundle_() == {"image/png": PICTURE["image/png"]}
    failed = result(out("error", "Traceback…"), status="failed")._repr_mimebundle_()
    assert failed["text/plain"] == "Traceback…"
    assert ">Traceback…<" in failed["text/html"]


IN_A_NOTEBOOK = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from cognitora import ExecuteCodeResponse

shell = InteractiveShell.instance()
shell.user_ns["result"] = ExecuteCodeResponse.from_dict(json.load(sys.stdin))
with capture_output() as shown:
    shell.run_cell("display(result)")
print(json.dumps([shown.stdout, shown.stderr, [output.data for output in shown.outputs]]))
"""


def test_a_notebook_shows_everything_in_order() -> None:
    plot, table = (
        {**PICTURE, "text/plain": "<Figure 2>"},
        {"text/html": "<table></table>", "text/plain": "b"},
    )
    outputs = [
        out("stdout", "printed\n"),
        out("display_data", PICTURE),
        out("stderr", "warned\n"),
        out("display_data", plot),
        out("execution_result", "b", mime_bundle=table),
        out("display_data", "text only"),
        out("error", "Traceback…"),
    ]
    sent = json.dumps({"data": {"status": "failed", "outputs": outputs}, "errors": ["why"]})
    command = [sys.executable, "-c", IN_A_NOTEBOOK]
    done = subprocess.run(command, input=sent, capture_output=True, text=True, check=True)
    stdout, stderr, shown = json.loads(done.stdout)
    assert (stdout, stderr) == ("printed\n", "warned\n")
    *displays, failure = shown
    table = {**table, "text/html": f'<div style="overflow-x:auto">{table["text/html"]}</div>'}
    assert displays == [PICTURE, plot, table, {"text/plain": "text only"}]
    assert failure["text/plain"] == "Traceback…\nwhy"


def test_where_only_one_thing_can_be_shown_no_text_is_lost() -> None:
    found = result(out("stdout", "a\n"), out("stderr", "w\n"), out("execution_result", "42"))
    assert found._repr_mimebundle_() == {"text/plain": "a\nw\n42"}


def test_a_whole_bundle_as_result_reads_as_its_text() -> None:
    assert result(out("execution_result", {"text/plain": "42", "text/html": "<b>"})).text == "42"


def test_a_record_reads_like_a_result() -> None:
    record = InterpreterExecution.from_dict(
        {"id": "e", "status": "failed", "outputs": [out("error", "Traceback…")]}
    )
    assert (record["status"], record.ok, record.error) == ("failed", False, "Traceback…")
    bare = InterpreterExecution.from_dict({"id": "e", "status": "completed", "outputs": None})
    assert (bare.ok, bare.stdout, bare.images) == (True, "", [])


@pytest.mark.parametrize("through", [lambda r: pickle.loads(pickle.dumps(r)), copy.deepcopy])
def test_results_survive_pickling_and_copying(through: Any) -> None:
    found = result(out("display_data", PICTURE), region="eu")
    twin = through(found)
    assert twin == found
    assert type(twin) is ExecuteCodeResponse
    assert twin["region"] == getattr(twin, "region") == "eu"  # noqa: B009 - unknown to type checkers
    assert twin.data.created_at is None


def test_a_run_result_reads_in_both_ways() -> None:
    run = RunResult(Execution(id="c", status="COMPLETED"), "hello\n")
    assert run.logs == run["logs"] == "hello\n"
    assert run["execution"].status == "COMPLETED"
    assert ("logs" in run, "nothing" in run, list(run.keys())) == (
        True,
        False,
        ["execution", "logs"],
    )
    with pytest.raises(KeyError):
        run["nothing"]


def test_a_large_result_is_read_in_linear_time() -> None:
    rows = [out("stdout", "x\n", timestamp="2026-01-01T00:00:00Z") for _ in range(100_000)]
    found = result(*rows)
    assert len(found.stdout) == 200_000
    assert found.ok


def ended(status: str = "COMPLETED", **more: Any) -> Execution:
    return Execution.from_dict({"id": "ctr_1", "status": status, **more})


@pytest.mark.parametrize(
    ("thing", "well", "raises"),
    [
        (ended(), True, False),
        (ended(exitCode=0), True, False),
        (ended("completed"), True, False),
        (ended("RUNNING"), False, False),
        (ended("PENDING"), False, False),
        (ended("STOPPING"), False, False),
        (ended("FAILED", exitCode=1), False, True),
        (ended("failed"), False, True),
        (ended("TIMEOUT"), False, True),
        (ended("CANCELLED", exitCode=0), False, True),
        (ContainerExecResponse.from_dict({"output": "x", "exitCode": 0}), True, False),
        (ContainerExecResponse.from_dict({"output": "x", "exitCode": 3}), False, True),
        # A server that tells nothing of how it ended: neither well nor ill.
        (ContainerExecResponse.from_dict({"output": "x"}), False, False),
        (ContainerExecution.from_dict({"id": "exec_1", "status": "TIMEOUT"}), False, True),
        (ContainerExecution.from_dict({"id": "exec_1", "exitCode": 0}), True, False),
    ],
    ids=repr,
)
def test_how_containers_and_commands_ended(thing: Any, well: bool, raises: bool) -> None:
    assert thing.ok is well
    if raises:
        with pytest.raises(ExecutionError) as raised:
            thing.raise_for_error()
        assert raised.value.result is thing
        assert raised.value.may_have_run
    else:
        assert thing.raise_for_error() is thing


def test_the_repr_of_a_run_tells_how_it_ended_in_few_lines() -> None:
    reason = "The command ended with exit code 3."
    run = RunResult(ended("FAILED", exitCode=3, reason=reason), "a\nb\n")
    assert repr(run) == f"<RunResult ctr_1 FAILED\n  logs: 'a\\nb\\n'\n  reason: {reason!r}>"
    assert repr(RunResult(ended(), "")) == "<RunResult ctr_1 COMPLETED>"
    command = {"containerId": "ctr_1", "command": ["x"], "output": "o" * 100, "exitCode": 2}
    assert repr(ContainerExecResponse.from_dict(command)) == (
        f"<ContainerExecResponse\n  output: {'o' * 80!r}… of 100 characters\n  reason: 'exit code 2'>"
    )


def test_a_run_that_failed_says_why_and_what_it_printed_last() -> None:
    reason = "The command ended with exit code 3."
    lines = [f"line {number}" for number in range(100)]
    run = RunResult(ended("FAILED", exitCode=3, reason=reason), "\n".join(lines) + "\n")
    assert not run.ok
    with pytest.raises(ExecutionError) as raised:
        run.raise_for_error()
    said = raised.value.message.split("\n")
    assert said == [
        "Container ctr_1 ended as FAILED: The command ended with exit code 3.",
        "…",
        *lines[-20:],
    ]
    assert raised.value.result is run
    copied = pickle.loads(pickle.dumps(raised.value))
    assert copied.result.execution.reason == reason
    well = RunResult(ended(), "")
    assert well.ok
    assert well.raise_for_error() is well


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"output": "", "exitCode": 7, "command": ["false"]},
            "The command 'false' ended with exit code 7.",
        ),
        ({"output": "", "exitCode": 7}, "The command ended with exit code 7."),
        (
            {"output": "a\n", "status": "TIMEOUT", "reason": "Stopped after 2 s"},
            "The command ended as TIMEOUT: Stopped after 2 s.\na",
        ),
        ({"output": "one", "status": "FAILED"}, "The command ended as FAILED.\none"),
    ],
)
def test_what_is_said_of_a_command(answer: dict[str, Any], said: str) -> None:
    with pytest.raises(ExecutionError) as raised:
        ContainerExecResponse.from_dict(answer).raise_for_error()
    assert raised.value.message == said
