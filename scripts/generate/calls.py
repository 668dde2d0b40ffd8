"""The generated methods that call one operation: their heads, and what they send."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from scripts.generate.docstrings import INDENT, docstring, raised, sentences
from scripts.generate.methods import Method
from scripts.generate.parameters import Body, Parameter

TIMEOUT = "request_timeout: float | None = None"
WAIT = "Seconds to wait for {what}, instead of the client's `timeout`."
WHOLE = " Or a request object, which says all but `request_timeout`."


def plain(method: Method) -> str:
    """The method of an operation."""
    lines = _followed(method) if method.followed else [*_built(method), *_sent(method)]
    text = docstring(
        sentences(method, method.described),
        _told(method),
        waited(method),
        method.gives,
        raised(method),
    )
    parameters, whole = method.every_parameter, method.request
    if whole is None:
        head = ["self", *declared([*parameters, *_refused(method)]), TIMEOUT]
        return function("async def", method.name, head, method.result, text, lines)
    either = replace(whole, kind=f"{whole.kind} | {method.whole}")
    needed = [each for each in parameters[1:] if not each.default]
    lenient = [_optional(each) if each in needed else each for each in parameters[1:]]
    head = ["self", *declared([either, *lenient]), TIMEOUT]
    defined = function("async def", method.name, head, method.result, text, lines)
    if not needed:
        return defined
    alone = ["self", f"{whole.name}: {method.whole}", "*", TIMEOUT]
    return "\n".join(
        [
            _overload(method, alone),
            _overload(method, ["self", *declared(parameters), TIMEOUT]),
            defined,
        ]
    )


def _built(method: Method) -> list[str]:
    """The statements that make the request."""
    given = [each.passed for each in method.parameters]
    lines = [f'validation.refuse({each.name}, "{each.text}")' for each in _refused(method)]
    if method.request:
        lines += _whole_body(method)
        given.append("body=body")
    elif method.body:
        fields = ", ".join(f"{each.name}={each.name}" for each in method.said)
        given.append(f"body={_making(method, method.body, fields)}")
    return [*lines, f"built = {method.operation.id}.build_request({', '.join(given)})"]


def _whole_body(method: Method) -> list[str]:
    """The statements that make the body of a request's object, or of what is given in its place."""
    first = method.every_parameter[0].name
    main = method.bodies[0]
    fields = ", ".join(f'"{each.name}": {each.name}' for each in method.every_parameter)
    usual = [
        f"{each.name}={each.default}"
        for each in method.every_parameter
        if each.default not in ("", "None")
    ]
    lines = [
        f"given: dict[str, object] = {{{fields}}}",
        f"if isinstance({first}, {method.whole}):",
        f"    given = validation.fields_of({', '.join([first, 'given', *usual])})",
    ]
    for body in method.bodies[1:]:
        ((name, value),) = body.constants.items()
        lines += [
            f'said = validation.or_usual(given["{name}"], {not value})',
            f'if validation.boolean("{name}", said) is {value}:',
            f"    body: {method.whole} = {_making(method, body, '**given')}",
            "else:",
            f"    body = {_making(method, main, '**given')}",
        ]
    return lines if method.bodies[1:] else [*lines, f"body = {_making(method, main, '**given')}"]


def _making(method: Method, body: Body, fields: str) -> str:
    """The expression that makes a body: beside the event loop, where files are read for it."""
    if any(each.name == "files" for each in method.said):
        return f"await with_files(request_bodies.{body.builder}, {fields})"
    return f"request_bodies.{body.builder}({fields})"


def _sent(method: Method) -> list[str]:
    """The statements that send it, and read the answer."""
    operation = method.operation.id
    passed = [f'"{operation}"', "built", "request_timeout"]
    if runs := method.own.get("runs"):
        limit = f"body.{runs}" if method.request else runs
        passed.append(f'({limit} or RUN_SECONDS["{operation}"]) + GRACE_SECONDS')
    call = f"await self._client.call({', '.join(passed)})"
    if method.answer.kind == "nothing":
        return [call, "return True"]
    read = [f"response = {call}", f"return {method.reading}"]
    if undo := method.own.get("undo"):
        kind = undo["method"].partition("_")[2]
        more = "".join(f", {name}={value!r}" for name, value in undo.get("with", {}).items())
        end = f"partial(self.{undo['method']}{more})" if more else f"self.{undo['method']}"
        ended = f'undoing({end}, "{kind}", "{undo["id"]}")'
        made = [f"async def make() -> {method.result}:", *(INDENT + line for line in read)]
        return [*made, f"return await async_acquire(make, {ended})"]
    return read


def _followed(method: Method) -> list[str]:
    entries = f"[entry async for entry in self.{method.iterator}({given(method)})]"
    return [f"return parsing.Entries({entries})"]


def _refused(method: Method) -> list[Parameter]:
    """What callers look for here, and is somewhere else."""
    return [
        Parameter(name, "None", "None", "", why, "", by_name=True)
        for name, why in method.own.get("refused", {}).items()
    ]


def _told(method: Method) -> list[Parameter]:
    """The parameters as the docstring has them."""
    parameters = [*method.every_parameter, *_refused(method)]
    told = [replace(each, text=sentences(method, each.text)) for each in parameters]
    if method.request is not None:
        told[0] = replace(told[0], text=told[0].text + WHOLE)
    return told


def waited(method: Method) -> str:
    """What `request_timeout` is."""
    if runs := method.own.get("runs"):
        (limit,) = (each for each in method.every_parameter if each.name == runs)
        usual = method.run_seconds
        unless = f" ({usual} where it is not given)" if limit.default == "None" else ""
        return f"Seconds to wait for the answer, instead of `{runs}`{unless} + 30."
    return WAIT.format(what="each page" if method.followed else "the answer")


def _overload(method: Method, head: list[str]) -> str:
    text = f"@overload\nasync def {method.name}({', '.join(head)}) -> {method.result}: ..."
    return textwrap.indent(text, INDENT)


def _optional(parameter: Parameter) -> Parameter:
    kind = parameter.kind.removesuffix(" | None")
    return replace(parameter, kind=f"{kind} | None", default="None")


def declared(parameters: list[Parameter]) -> list[str]:
    """As they stand in a method's head, with the star before those that are passed by name."""
    given = [each.declared for each in parameters if not each.by_name]
    return [*given, "*", *(each.declared for each in parameters if each.by_name)]


def given(method: Method) -> str:
    """A method's own arguments, as it passes them on."""
    names = [
        f"{each.name}={each.name}" if each.by_name else each.name for each in method.parameters
    ]
    return ", ".join([*names, "request_timeout=request_timeout"])


def function(
    kind: str, name: str, parameters: list[str], result: str, text: str, body: list[str]
) -> str:
    head = f"{kind} {name}({', '.join(parameters)}) -> {result}:"
    return textwrap.indent("\n".join([head, text, *(INDENT + line for line in body)]), INDENT)
