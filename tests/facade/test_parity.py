"""Both facades have the same methods, parameters, defaults and words."""

from __future__ import annotations

import inspect
import re
from typing import Any, get_overloads

import pytest

import cognitora
import cognitora.results
import cognitora_openapi.models
from tests.facade.server import Server

PAIRS = [
    (getattr(cognitora, name.replace("Async", "")), getattr(cognitora, name))
    for name in cognitora.__all__
    if "Async" in name
]
CASES = [
    pytest.param(sync, twin, name, id=f"{sync.__name__}.{name}")
    for sync, twin in PAIRS
    for name in sorted({*dir(sync), *dir(twin)})
    if not name.startswith("_") or name == "__init__"
]

# But for `language` of what runs code: 'python' there, which fails in a session of another language.
README = {
    cognitora.CodeInterpreter: """
        execute(code, language=None, session_id=None, files=None, timeout_seconds=60, \
environment=None, networking=None)
        create_session(language='python', timeout_seconds=None, expires_at=None, \
environment=None, resources=None)
        list_sessions()
        get_session(session_id)
        delete_session(session_id)
        get_session_logs(session_id, limit=50, offset=0)
        list_all_executions(limit=50, offset=0, status=None)
        get_execution(execution_id)
        get_session_executions(session_id, limit=50, offset=0)
        run_python(code, session_id=None)
        run_javascript(code, session_id=None)
        run_bash(command, session_id=None)
        run_with_files(code, files, language=None, session_id=None)
    """,
    cognitora.Containers: """
        create_container(image, command, cpu_cores, memory_mb, max_cost_credits, networking=None)
        list_containers(limit=50, offset=0, status=None)
        get_container(container_id)
        cancel_container(container_id)
        get_container_logs(container_id)
        get_container_executions(container_id)
        list_all_container_executions(limit=50, offset=0, status=None)
        get_container_execution(execution_id)
        estimate_cost(cpu_cores, memory_mb, storage_gb=5, gpu_count=0, timeout_seconds=300)
        wait_for_completion(container_id, timeout_seconds=300, poll_interval=5)
        run_and_wait(image, command, cpu_cores, memory_mb, max_cost_credits)
    """,
}
KNOWN = [
    pytest.param(kind, line.strip(), id=line.strip().partition("(")[0])
    for kind, lines in README.items()
    for line in lines.strip().splitlines()
]


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    found = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in found]


def types(function: Any) -> dict[str, str]:
    """The types as written, the async side's names in the sync side's spelling."""
    written = function.__annotations__.items()
    return {
        name: re.sub(r"Coroutine\[Any, Any, (.*)\]", r"\1", re.sub(r"\bAsync|Async\b", "", text))
        for name, text in written
    }


@pytest.mark.parametrize(("sync", "twin", "name"), CASES)
def test_a_member_is_the_same_on_both_sides(sync: type, twin: type, name: str) -> None:
    one, other = inspect.getattr_static(sync, name), inspect.getattr_static(twin, name)
    assert type(one) is type(other)
    assert inspect.getdoc(getattr(sync, name)) == inspect.getdoc(getattr(twin, name))
    if inspect.isfunction(one):
        assert parameters(one) == parameters(other)
        assert types(one) == types(other)


@pytest.mark.parametrize(("sync", "twin"), PAIRS)
def test_the_classes_are_documented_alike(sync: type, twin: type) -> None:
    assert sync.__doc__ == twin.__doc__
    assert sync.__doc__


@pytest.mark.parametrize(("kind", "promised"), KNOWN)
def test_the_signatures_are_those_that_users_know(kind: type, promised: str) -> None:
    name, _, rest = promised.partition("(")
    method = getattr(kind, name)
    told = get_overloads(method) or [method]  # of several forms, the first is with a request object
    ours = inspect.signature(told[-1]).parameters.values()
    positional = [p for p in ours if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]
    shown = ", ".join(
        p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in positional
    )
    assert shown == rest.rstrip(")")


@pytest.mark.parametrize(("sync", "twin", "name"), CASES)
def test_every_public_method_says_what_it_takes_gives_and_raises(
    sync: type, twin: type, name: str
) -> None:
    member = inspect.getattr_static(sync, name)
    if name == "__init__" or not inspect.isfunction(member):
        return
    text = inspect.getdoc(member) or ""
    taken = [p.name for p in inspect.signature(member).parameters.values() if p.name != "self"]
    if sync is not cognitora.Transport:
        assert [word for word in taken if f"    {word}: " not in text] == []
    if inspect.signature(member).return_annotation != "None":
        assert "Returns:" in text or "Raises:" in text
    if "request_timeout" in taken and not name.startswith(("iter_", "session", "container", "map")):
        assert "Raises:" in text


@pytest.mark.parametrize("kind", [cognitora.CodeInterpreter, cognitora.Containers])
def test_every_method_takes_a_request_timeout(kind: type) -> None:
    methods = [m for name, m in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"]
    assert len(methods) > 15
    methods = [each for each in methods if each.__name__ != "path"]  # which asks for nothing
    for method in methods:
        parameter = inspect.signature(method).parameters["request_timeout"]
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.default is None


WAITS = [
    cognitora.Process.wait,
    cognitora.Process.communicate,
    cognitora.Process.write,
    cognitora.Process.output,
    cognitora.Container.follow_logs,
    cognitora.Containers.follow_logs,
]
KNOWN_WAITS = [cognitora.Containers.wait_for_completion, cognitora.Containers.run_and_wait]


def test_what_waits_takes_a_timeout_and_nothing_else_does() -> None:
    methods = {
        method.__qualname__: (inspect.signature(method).parameters, inspect.getdoc(method) or "")
        for kind, _ in PAIRS
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }
    taking = {name for name, (taken, _) in methods.items() if "timeout" in taken}
    assert taking == {method.__qualname__ for method in WAITS}
    late = {name for name, (_, text) in methods.items() if "WaitTimeoutError:" in text}
    assert late <= {method.__qualname__ for method in (*WAITS, *KNOWN_WAITS)}


def test_every_list_has_an_iterator_beside_it() -> None:
    for kind in (cognitora.CodeInterpreter, cognitora.Containers):
        names = [name for name in dir(kind) if name.startswith("list_")]
        assert names
        for name in names:
            assert hasattr(kind, name.replace("list_", "iter_"))


def test_the_services_say_where_they_lead(client: Any, server: Server) -> None:
    for service in (client.code_interpreter, client.containers):
        assert repr(service).endswith(f"(base_url={server.url!r})")


def test_a_misspelt_keyword_is_an_error(client: Any) -> None:
    with pytest.raises(TypeError, match="memory"):
        client.containers.run_and_wait("image", ["ls"], 1, 512, 5, memory=1)


@pytest.mark.parametrize(
    "method",
    [
        cognitora.CodeInterpreter.stream,
        cognitora.CodeInterpreter.map,
        cognitora.CodeInterpreter.run_python,
        cognitora.InterpreterSession.run,
        cognitora.InterpreterSession.stream,
    ],
    ids=lambda method: method.__qualname__,
)
def test_what_execute_takes_is_taken_by_whatever_runs_code(method: Any) -> None:
    """What is said by the method itself, or by the session, is left out."""
    options = set(inspect.signature(cognitora.CodeInterpreter.execute).parameters)
    options -= {"self", "code", "language", "session_id"}
    assert options <= set(inspect.signature(method).parameters)


def test_every_class_that_a_method_takes_or_gives_is_public() -> None:
    """Of those that are objects: `Language` is a text."""
    known = {
        name
        for module in (cognitora_openapi.models, cognitora.results)
        for name in dir(module)
        if getattr(getattr(module, name), "__module__", "").startswith("cognitora")
        and inspect.isclass(getattr(module, name))
    }
    named = {
        word
        for pair in PAIRS
        for kind in pair
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
        for annotation in member.__annotations__.values()
        for word in re.findall(r"\w+", str(annotation))
    }
    assert {"Session", "CostEstimate"} <= known & named
    assert known & named <= set(cognitora.__all__)
