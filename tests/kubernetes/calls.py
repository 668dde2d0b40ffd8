"""Calls of each kind, each with an effect of its own that can be counted, under losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cognitora import (
    Cognitora,
    CognitoraError,
    Container,
    ExecuteCodeResponse,
    InterpreterSession,
    NotFoundError,
)
from tests.kubernetes import effects
from tests.kubernetes.effects import Effects
from tests.kubernetes.pods import PYTHON

CALL_SECONDS = 120


class Target(NamedTuple):
    """What is there before the loss, for the calls of a round.

    Attributes:
        outside: counts what code does.
    """

    client: Cognitora
    session: InterpreterSession
    container: Container
    outside: Effects


class Answer(NamedTuple):
    """What a call came to.

    Attributes:
        done: it was answered that what was asked for was done to its end.
        execution: what the answer names.
        said: what was answered where it wasn't.
    """

    done: bool
    execution: str | None = None
    said: str = ""


class Kind(NamedTuple):
    """A kind of call: it is made with a name, that of its effect.

    Attributes:
        counted: how often it has had that by now; None: that can't be found out any more.
    """

    call: Callable[[Target, str], Answer]
    counted: Callable[[Target, str], int | None]


def work(name: str) -> str:
    """Code that takes a second, in the midst of which it has its effect."""
    return f"import time; time.sleep(0.5); {effects.code(name)}; time.sleep(0.5); print('over')"


def answer(ran: ExecuteCodeResponse) -> Answer:
    done = ran.ok and ran.stdout == "over\n"
    said = "" if done else f"{ran.data.status}: {ran.errors or ran.stdout}"
    return Answer(done, ran.data.execution_id, said)


def code_in_a_session(target: Target, name: str) -> Answer:
    return answer(target.session.run_python(work(name)))


def code_of_its_own(target: Target, name: str) -> Answer:
    return answer(target.client.code_interpreter.run_python(work(name)))


def code_that_streams(target: Target, name: str) -> Answer:
    stream = target.session.stream(work(name))
    for _output in stream:
        pass
    return answer(stream.result)


def process(target: Target, name: str) -> Answer:
    ended = target.session.start(["python3", "-c", work(name)]).wait(CALL_SECONDS)
    return Answer(ended.exit_code == 0, said=f"{ended.status}: {ended.reason}")


def new_session(target: Target, name: str) -> Answer:
    with target.client.code_interpreter.session() as session:
        return answer(session.run_python(work(name)))


def file(target: Target, name: str) -> Answer:
    target.session.upload(name.encode(), name)
    return Answer(True)


def container(target: Target, name: str) -> Answer:
    command = ["python3", "-c", work(name)]
    containers = target.client.containers
    ended = containers.run_and_wait(PYTHON, command, 0.5, 256, 5, networking=True).execution
    return Answer(ended.status == "COMPLETED", said=f"{ended.status}: {ended.reason}")


def command_in_a_container(target: Target, name: str) -> Answer:
    ran = target.container.run(["python3", "-c", work(name)])
    return Answer(ran.ok, said=f"{ran.exit_code}: {ran.output}")


def file_in_a_container(target: Target, name: str) -> Answer:
    target.container.upload(name.encode(), name)
    return Answer(True)


def by_code(target: Target, name: str) -> int:
    return target.outside.counted[name]


def in_session(target: Target, name: str) -> int | None:
    return _written(target.session, name)


def in_container(target: Target, name: str) -> int | None:
    return _written(target.container, name)


def _written(place: InterpreterSession | Container, name: str) -> int | None:
    try:
        return int(place.download(name) == name.encode())
    except NotFoundError as error:
        return 0 if error.code == "file_not_found" else None
    except CognitoraError:  # what it was in has ended
        return None


KINDS = (
    *(Kind(code_in_a_session, by_code), Kind(code_of_its_own, by_code)),
    *(Kind(code_that_streams, by_code), Kind(process, by_code), Kind(new_session, by_code)),
    *(Kind(file, in_session), Kind(container, by_code), Kind(command_in_a_container, by_code)),
    Kind(file_in_a_container, in_container),
)
