"""Writes the facade's plain operations, a module for each service: `cognitora/_async/operations/`.

An operation becomes a method: what is in its path, its query and its JSON body are the parameters, its
answer without the envelope is what is returned, and a list gets an `iter_…` beside it. What the contract
can't say of itself stands in `x-sdk`: `name`, where the method isn't called as the operation is;
`defaults` of what its body requires; `false` where it is written by hand; `true` at an extension's
parameter that is the caller's, by its name.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from openapi_python_client.strings import snake_case

from scripts.generate import generator
from scripts.generate.contract import Contract, Operation
from scripts.generate.envelope import Answer, answer_of
from scripts.generate.errors import GenerationError
from scripts.generate.parameters import Body, Parameter, body_of, given, outside

INDENT = " " * 4
WIDTH = 102  # of a docstring's text
SUMMARY_WIDTH = 98
TIMEOUT = "request_timeout: float | None = None"
PAGED = {"limit", "offset", "after"}
NAMED_KINDS = ("FileUpload", "Language", "SessionResourcesRequest")
"""Models that are annotations of parameters."""

WAIT = "Seconds to wait for {what}, instead of the client's `timeout`."


@dataclass(frozen=True)
class Method:
    """An operation as a method of the facade."""

    operation: Operation
    name: str
    parameters: list[Parameter]
    body: Body | None
    answer: Answer
    paged: bool
    followed: bool

    @property
    def result(self) -> str:
        kinds = {"one": self.answer.model, "many": f"list[{self.answer.model}]"}
        return kinds.get(self.answer.kind, "str" if self.answer.kind == "text" else "bool")

    @property
    def every_parameter(self) -> list[Parameter]:
        """Those of the body after the others, and what is required before what isn't."""
        found = [*self.parameters, *(self.body.parameters if self.body else [])]
        names = [each.name for each in found]
        if len(set(names)) < len(names):
            raise GenerationError(
                f"{self.operation.id}: two of its parameters have one name: {', '.join(names)}"
            )
        return sorted(found, key=lambda each: each.default != "")

    @property
    def passed(self) -> str:
        """The arguments of the generated request builder."""
        body = [self.body.passed] if self.body else []
        return ", ".join([*(each.passed for each in self.parameters), *body])

    @property
    def reading(self) -> str:
        """The expression that reads the answer."""
        model = [self.answer.model] if self.answer.model else []
        arguments = ", ".join(["response", *model, *map(_quoted, self.answer.envelope)])
        return f"answers.{self.answer.kind}({arguments})"


def write_operations(contract: Contract, results: Path, folder: Path) -> None:
    """Write the package, which must not exist.

    Args:
        contract: the contract.
        results: the module whose classes stand for the models of the same name.
        folder: where to.
    """
    folder.mkdir()
    (folder / "__init__.py").write_text('"""The plain operations, written by `make generate`."""\n')
    named = {
        node.name for node in ast.parse(results.read_text()).body if isinstance(node, ast.ClassDef)
    }
    services: dict[str, list[Method]] = {}
    for operation in contract.operations:
        if operation.definition.get("x-sdk") is not False:
            tag = operation.definition["tags"][0]
            services.setdefault(tag, []).append(_method(contract, operation))
    for tag, methods in services.items():
        (folder / f"{tag}.py").write_text(_module(tag, methods, named), "utf-8")
    generator.tidy(folder)


def _method(contract: Contract, operation: Operation) -> Method:
    answer = answer_of(contract, operation)
    parameters = outside(contract, operation)
    own = operation.definition.get("x-sdk", {})
    paged = {parameter.name for parameter in parameters} >= PAGED - {"after"}
    followed = not paged and any(each["name"] == "after" for each in given(contract, operation))
    name = own.get("name", operation.id)
    return Method(
        operation, name, parameters, body_of(contract, operation), answer, paged, followed
    )


def _module(tag: str, methods: list[Method], named: set[str]) -> str:
    models = {method.answer.model for method in methods if method.answer.model}
    models |= {method.body.model for method in methods if method.body}
    kinds = " ".join(each.kind for method in methods for each in method.every_parameter)
    models |= {name for name in NAMED_KINDS if name in kinds}
    walks = [name for name in ("paged", "followed") if any(getattr(m, name) for m in methods)]
    walkers = ", ".join({"paged": "walk", "followed": "follow"}[name] for name in walks)
    endpoints = ", ".join(method.operation.id for method in methods)
    lines = [
        f'"""The plain operations of the {tag} service, written by `make generate`."""',
        "from __future__ import annotations",
        "from collections.abc import AsyncGenerator, Mapping, Sequence",
        "from datetime import datetime",
        "from functools import partial" if walks else "",
        f"from cognitora_openapi.api.{tag} import {endpoints}",
        *(f"from cognitora_openapi.models import {model}" for model in sorted(models - named)),
        "from ... import answers, checks",
        *(f"from ...results import {model}" for model in sorted(models & named)),
        f"from ..pages import {walkers}" if walks else "",
        "from ..service import AsyncService",
        f"class Async{tag.title()}Operations(AsyncService):",
        f'{INDENT}"""The operations that are as the contract says them."""',
    ]
    for method in methods:
        lines.append(_plain(method))
        if method.answer.kind == "many":
            lines.append(_walk(method) if method.paged else _steps(method))
    return "\n".join(lines) + "\n"


def _plain(method: Method) -> str:
    operation = method.operation.id
    built = f"{operation}._get_kwargs({method.passed})"
    call = f'await self._wire.call("{operation}", built, request_timeout)'
    body = [f"built = {built}"]
    if method.answer.kind == "nothing":
        body += [call, "return True"]
    elif method.followed:
        body = [f"return [entry async for entry in self.{_iterator(method)}({_given(method)})]"]
    else:
        body += [f"response = {call}", f"return {method.reading}"]
    text = _docstring(
        _sentences(method),
        method.every_parameter,
        WAIT.format(what="each page" if method.followed else "the answer"),
        "True." if method.answer.kind == "nothing" else method.answer.description,
        _raised(method),
    )
    declared = ["self", *_declared(method.every_parameter), TIMEOUT]
    return _function("async def", method.name, declared, method.result, text, body)


def _walk(method: Method) -> str:
    """An iterator over all pages of a list."""
    kept = [each for each in method.parameters if each.name not in PAGED]
    bound = ", ".join([f"{method.operation.id}._get_kwargs", *(each.passed for each in kept)])
    body = [
        f"build = partial({bound})",
        f'return walk(self._wire, "{method.operation.id}", build,',
        f"    lambda response: {method.reading}, page_size, request_timeout)",
    ]
    (limit,) = (each for each in method.parameters if each.name == "limit")
    size = Parameter(
        "page_size",
        "int",
        limit.default,
        "",
        limit.text.replace("list at most", "fetch at a time"),
        "query",
    )
    text = _docstring(
        f"Iterates over all that `{method.name}` lists, page by page.",
        [*kept, size],
        WAIT.format(what="each page"),
        method.answer.description,
        None,
    )
    declared = ["self", *_declared(kept), size.declared, TIMEOUT]
    return _function(
        "def", _iterator(method), declared, f"AsyncGenerator[{method.answer.model}]", text, body
    )


def _steps(method: Method) -> str:
    """An iterator over a list whose pages are as long as the service makes them, or a single one."""
    if method.followed:
        passed = [f"{method.operation.id}._get_kwargs", *(one.passed for one in method.parameters)]
        kind, pages, wait = "def", "page by page", "each page"
        body = [
            f"build = partial({', '.join(passed)})",
            f'return follow(self._wire, "{method.operation.id}", build,',
            f"    lambda response: {method.reading}, request_timeout)",
        ]
    else:
        kind, pages, wait = "async def", "which the service gives in one page", "the answer"
        body = [f"for entry in await self.{method.name}({_given(method)}):", f"{INDENT}yield entry"]
    text = _docstring(
        f"Iterates over all that `{method.name}` lists, {pages}.",
        method.parameters,
        WAIT.format(what=wait),
        method.answer.description,
        None,
    )
    declared = ["self", *_declared(method.parameters), TIMEOUT]
    result = f"AsyncGenerator[{method.answer.model}]"
    return _function(kind, _iterator(method), declared, result, text, body)


def _declared(parameters: list[Parameter]) -> list[str]:
    """As they stand in a method's head, with the star before those that are passed by name."""
    given = [each.declared for each in parameters if not each.by_name]
    return [*given, "*", *(each.declared for each in parameters if each.by_name)]


def _given(method: Method) -> str:
    """A method's own arguments, as it passes them on."""
    names = [
        f"{each.name}={each.name}" if each.by_name else each.name for each in method.parameters
    ]
    return ", ".join([*names, "request_timeout=request_timeout"])


def _iterator(method: Method) -> str:
    return "iter_" + method.name.removeprefix("list_").removeprefix("get_")


def _raised(method: Method) -> list[str]:
    ids = [each.name for each in method.parameters if each.place == "path"]
    never = method.operation.definition.get("x-retry") == "never"
    repeated = " It is never repeated by itself." if never else ""
    if not ids or "404" not in method.operation.definition["responses"]:
        return [f"CognitoraError: The call failed.{repeated}"]
    missing = ids[-1].removesuffix("_id").replace("_", " ")
    return [
        f"NotFoundError: There is no such {missing}.",
        f"CognitoraError: The call failed otherwise.{repeated}",
    ]


def _function(
    kind: str, name: str, parameters: list[str], result: str, text: str, body: list[str]
) -> str:
    head = f"{kind} {name}({', '.join(parameters)}) -> {result}:"
    return textwrap.indent("\n".join([head, text, *(INDENT + line for line in body)]), INDENT)


def _docstring(
    meaning: str, parameters: list[Parameter], wait: str, gives: str, raised: list[str] | None
) -> str:
    summary, rest = meaning, ""
    if len(meaning) > SUMMARY_WIDTH:
        summary, _, rest = meaning.partition(". ")
        summary = summary.removesuffix(".") + "."
    lines = ['"""' + summary]
    if rest:
        lines += ["", *textwrap.wrap(rest, WIDTH)]
    lines += ["", "Args:"]
    for name, text in [*((each.name, each.text) for each in parameters), ("request_timeout", wait)]:
        lines += _wrapped(f"{name}: {text}", INDENT, INDENT * 2)
    lines += ["", "Returns:", *_wrapped(gives, INDENT, INDENT)]
    if raised:
        lines += ["", "Raises:", *(INDENT + line for line in raised)]
    return textwrap.indent("\n".join([*lines, '"""']), INDENT)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=others)


def _sentences(method: Method) -> str:
    """What the contract says of it, with the names that its parameters have here."""
    names = {each.name for each in method.every_parameter}

    def called(found: re.Match[str]) -> str:
        name = snake_case(found[1])
        return f"`{name}`" if name in names else found[0]

    return re.sub(r"`(\w+)`", called, " ".join(method.operation.definition["description"].split()))


def _quoted(text: str) -> str:
    return f'"{text}"'
