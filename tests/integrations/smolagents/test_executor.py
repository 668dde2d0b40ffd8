"""A `CodeAgent` whose model is a script, and whose code runs in a real session."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import PIL.Image
import pytest
from smolagents import ChatMessage, CodeAgent, Model, Tool
from smolagents.memory import ActionStep
from smolagents.models import MessageRole
from smolagents.monitoring import AgentLogger, LogLevel
from smolagents.serialization import SerializationError
from smolagents.utils import AgentError

from cognitora import Cognitora, InterpreterSession, NotFoundError
from cognitora.integrations.smolagents import CognitoraExecutor
from tests.conftest import Runtime
from tests.integrations.snippets import snippet

QUIET = AgentLogger(level=LogLevel.OFF)
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/work/wheels"}


class Script(Model):  # type: ignore[misc]  # smolagents has no types
    """A model that says what it was given to say, and keeps what it was told."""

    def __init__(self, *codes: str) -> None:
        super().__init__(model_id="script")
        self.codes = list(codes)
        self.told: list[Any] = []

    def generate(self, messages: list[ChatMessage], *_: Any, **__: Any) -> ChatMessage:
        self.told.append(messages)
        content = f"Thought: so be it.\n<code>\n{self.codes.pop(0)}\n</code>"
        return ChatMessage(role=MessageRole.ASSISTANT, content=content)


class Doubled(Tool):  # type: ignore[misc]  # smolagents has no types
    name = "doubled"
    description = "Doubles a number."
    inputs = {"number": {"type": "integer", "description": "The number."}}  # noqa: RUF012  # smolagents asks for it
    output_type = "integer"

    def forward(self, number: int) -> int:
        return 2 * number


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[Cognitora]:
    with Cognitora(runtime.api_key, runtime.base_url) as client:
        yield client


@pytest.fixture
def session(client: Cognitora) -> Iterator[InterpreterSession]:
    with client.code_interpreter.session(environment=OFFLINE) as session:
        yield session


@pytest.fixture(scope="module")
def shared(client: Cognitora) -> Iterator[CognitoraExecutor]:
    """In a session that many agents have, one after another."""
    with client.code_interpreter.session() as session:
        yield CognitoraExecutor(session, logger=QUIET)


@pytest.fixture
def executor(session: InterpreterSession) -> CognitoraExecutor:
    return CognitoraExecutor(session, logger=QUIET)


def agent(executor: CognitoraExecutor, *codes: str, tools: Sequence[Tool] = ()) -> CodeAgent:
    return CodeAgent(
        tools=list(tools),
        model=Script(*codes),
        executor=executor,
        verbosity_level=LogLevel.OFF,
    )


def last_told(ada: CodeAgent) -> str:
    """What the model was told last."""
    assert isinstance(ada.model, Script)
    return str(ada.model.told[-1])


def add_wheel(session: InterpreterSession) -> None:
    """A package that pip finds without a network."""
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("fresh.py", "def greeting(): return 'hello from a package'\n")
        about = {
            "METADATA": "Metadata-Version: 2.1\nName: fresh\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }
        for file, content in about.items():
            archive.writestr(f"fresh-1.0.dist-info/{file}", content)
    session.path("wheels").mkdir()
    session.upload(wheel.getvalue(), "wheels/fresh-1.0-py3-none-any.whl")


def test_an_agent_works_step_by_step_to_its_final_answer(executor: CognitoraExecutor) -> None:
    codes = ["x = doubled(21)\nprint('x is', x)", "final_answer({'x': x, 'when': (1, 2)})"]
    ada = agent(executor, *codes, tools=[Doubled()])
    assert ada.run("Double 21.") == {"x": 42, "when": (1, 2)}
    steps = [step for step in ada.memory.steps if isinstance(step, ActionStep)]
    assert steps[0].observations == "Execution logs:\nx is 42\nLast output from code snippet:\nNone"
    assert [step.is_final_answer for step in steps] == [False, True]


LOSSES = {
    "memory": ("b = bytearray(3 * 10**9)", "ran out of memory"),
    "its end": ("import os\nos._exit(3)", "exit status 3"),
}


@pytest.mark.parametrize(("losing", "told"), LOSSES.values(), ids=LOSSES.keys())
def test_what_was_sent_is_there_again_after_the_state_was_lost(
    executor: CognitoraExecutor, losing: str, told: str
) -> None:
    codes = ["number += 1", losing, "final_answer(doubled(number))"]
    ada = agent(executor, *codes, tools=[Doubled()])
    assert ada.run("Double it.", additional_args={"number": 21}) == 42
    assert "The session's state is gone" in last_told(ada)
    assert told in last_told(ada)


def test_what_was_sent_is_there_again_after_the_process_ended_between_two_steps(
    executor: CognitoraExecutor,
) -> None:
    executor.send_variables({"number": 21})
    executor.send_tools({"doubled": Doubled()})
    pid = executor("import os; os.getpid()").output
    executor.session.start(["kill", "-9", pid]).wait()
    with pytest.raises(AgentError, match="The session's state is gone"):
        executor("doubled(number)")
    assert executor("doubled(number)").output == "42"


def test_what_was_sent_stays_as_code_has_left_it_where_nothing_was_lost(
    executor: CognitoraExecutor,
) -> None:
    codes = ["number += 1\ndel other", "1 / 0", "final_answer([number, 'other' in globals()])"]
    ada = agent(executor, *codes)
    assert ada.run("Add.", additional_args={"number": 1, "other": 2}) == [2, False]


def test_an_agent_runs_again(executor: CognitoraExecutor) -> None:
    ada = agent(executor, "final_answer(1)", "final_answer(2)", "final_answer(3)")
    assert [ada.run("Answer.") for _ in range(3)] == [1, 2, 3]


def test_the_final_answer_needs_no_package(executor: CognitoraExecutor) -> None:
    executor.session.run("import sys\nsys.modules.update(numpy=None, PIL=None)").raise_for_error()
    assert agent(executor, "final_answer({'x': (1, 2)})").run("Answer.") == {"x": (1, 2)}
    assert executor.installed_packages == []


def test_what_code_raises_is_told_to_the_model_and_the_agent_goes_on(
    executor: CognitoraExecutor,
) -> None:
    ada = agent(executor, "print('before')\n1 / 0", "final_answer('after')")
    assert ada.run("Divide.") == "after"
    assert "before" in last_told(ada)
    assert "ZeroDivisionError: division by zero" in last_told(ada)


def test_packages_are_installed_and_stay(session: InterpreterSession) -> None:
    add_wheel(session)
    executor = CognitoraExecutor(session, ["fresh>=1"], QUIET)
    codes = ["import fresh", "final_answer(fresh.greeting())"]
    assert agent(executor, *codes).run("Greet.") == "hello from a package"


def test_a_model_installs_packages_itself(session: InterpreterSession) -> None:
    add_wheel(session)
    executor = CognitoraExecutor(session, logger=QUIET)
    executor("!pip install fresh")
    assert executor("import fresh; fresh.greeting()").output == "'hello from a package'"


def test_a_package_that_cannot_be_installed_is_told(session: InterpreterSession) -> None:
    with pytest.raises(AgentError, match="No matching distribution found for no-such-package"):
        CognitoraExecutor(session, ["no-such-package"], QUIET)


def test_variables_are_sent(executor: CognitoraExecutor) -> None:
    picture = PIL.Image.new("RGB", (7, 5), "red")
    arguments = {"picture": picture, "names": {"a", "b"}, "day": date(2026, 1, 2)}
    ada = agent(executor, "final_answer((picture.size, sorted(names), day.year))")
    assert ada.run("Look.", additional_args=arguments) == ((7, 5), ["a", "b"], 2026)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        "two\nlines",
        "ünï \u2028 😀",
        b"\0\xff",
        {1: "one"},
        {"set"},
        date(2026, 1, 2),
        1.5,
    ],
    ids=repr,
)
def test_answers_come_back_as_they_are(shared: CognitoraExecutor, answer: Any) -> None:
    code = f"import datetime\nfinal_answer({answer!r})"
    assert agent(shared, code).run("Answer.") == answer


@pytest.mark.parametrize("length", [900, 1_100, 99_000, 101_000, 3_000_000])
def test_long_answers_come_back_whole(shared: CognitoraExecutor, length: int) -> None:
    assert agent(shared, f"final_answer('ab' * {length // 2})").run("Answer.") == "ab" * (
        length // 2
    )
    assert shared("import os; os.path.exists('.final_answer')").output == "False"


def test_an_answer_may_be_a_picture(shared: CognitoraExecutor) -> None:
    code = "import PIL.Image\nfinal_answer(PIL.Image.effect_noise((400, 400), 90))"
    answer: Any = agent(shared, code).run("Draw.")
    assert answer.to_raw().size == (400, 400)


def test_pictures_come_as_pictures(executor: CognitoraExecutor) -> None:
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nplt.show()"
    output = executor(plot).output
    assert isinstance(output, PIL.Image.Image)
    assert output.format == "PNG"
    output.load()
    assert executor("plt.figure()").output.size
    both = executor(f"{plot}\n6 * 7")
    assert both.output == "42"
    assert len(executor.pictures) == 1
    assert executor("1").output == "1"
    assert executor.pictures == []
    assert len(executor(f"{plot}\n{plot}").output) == 2


def test_values_and_what_is_printed_are_told_apart(executor: CognitoraExecutor) -> None:
    output = executor("import sys\nprint('out')\nprint('err', file=sys.stderr)\n[1, 2]")
    assert (output.output, output.logs, output.is_final_answer) == ("[1, 2]", "out\nerr\n", False)
    assert executor("y = 1").output is None


def test_code_that_runs_for_too_long_is_stopped(session: InterpreterSession) -> None:
    executor = CognitoraExecutor(session, logger=QUIET, timeout_seconds=1)
    with pytest.raises(AgentError, match=r"so far\n[\s\S]*1 s") as raised:
        executor("print('so far', flush=True)\nwhile True: pass")
    assert "so far" in raised.value.message
    assert executor("1 + 1").output == "2"


def test_an_answer_that_code_catches_is_none(executor: CognitoraExecutor) -> None:
    executor.send_tools(agent(executor).tools)
    caught = "try:\n    final_answer(1)\nexcept BaseException:\n    raise ValueError('instead')"
    with pytest.raises(AgentError, match="ValueError: instead"):
        executor(caught)
    assert not executor("print('FinalAnswerException: safe:1')").is_final_answer


def test_only_plain_data_is_taken_unless_pickles_are_allowed(session: InterpreterSession) -> None:
    code = "class Odd: pass\nfinal_answer(Odd)"
    ada = agent(CognitoraExecutor(session, logger=QUIET), code, "final_answer('no')")
    assert ada.run("Answer.") == "no"
    assert "SerializationError" in last_told(ada)
    executor = CognitoraExecutor(session, logger=QUIET)
    forged = "class FinalAnswerException(BaseException): pass\nraise FinalAnswerException('pickle:gAROLg==')"
    with pytest.raises(SerializationError):
        executor(forged)
    trusting = CognitoraExecutor(session, logger=QUIET, allow_pickle=True)
    assert trusting(forged).output is None


def test_the_end_of_an_agent_deletes_the_session(client: Cognitora) -> None:
    session = client.code_interpreter.session().open()
    with agent(CognitoraExecutor(session, logger=QUIET), "final_answer(1)") as ada:
        assert ada.run("Answer.") == 1
    with pytest.raises(NotFoundError):
        client.code_interpreter.get_session(session.id)


def test_the_documented_program_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Script("final_answer(365 * 24 * 60 * 60)")
    monkeypatch.setattr("smolagents.InferenceClientModel", lambda: model)
    exec(snippet("smolagents"), {})
    assert capsys.readouterr().out.endswith("31536000\n")
