"""Writes the facade's plain operations, a module for each service: `cognitora/_async/operations/`.

An operation without a body becomes a method: what is in its path and its query are the parameters, its
answer without the envelope is what is returned, and a list gets an `iter_…` beside it. What the contract
can't say of itself stands in `x-sdk`: `name`, where the method isn't called as the operation is; `false`
where it is written by hand; `true` at an extension's parameter that is the caller's, by its name.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.generate import generator
from scripts.generate.contract import Contract, Operation, Schema
from scripts.generate.envelope import Answer, answer_of
from scripts.generate.errors import GenerationError

INDENT = " " * 4
WIDTH = 102  # of a docstring's text
SUMMARY_WIDTH = 98
TIMEOUT = "request_timeout: float | None = None"
PAGED = {"limit", "offset", "after"}
LARGEST = 2**53 - 1
KINDS = {
    "integer": ("int", "whole"),
    "number": ("float", "number"),
    "boolean": ("bool", "boolean"),
    "string": ("str", "text"),
    "date-time": ("datetime | str", "moment"),
}
"""The annotation and the check of what stands in a query."""

WAIT = "Seconds to wait for {what}, instead of the client's `timeout`."


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method."""

    name: str
    kind: str
    default: str
    check: str
    """Its value after it was checked."""
    text: str
    in_path: bool
    by_name: bool = False
    """It is passed by its name alone."""

    @property
    def declared(self) -> str:
        return f"{self.name}: {self.kind}" + (f" = {self.default}" if self.default else "")

    @property
    def passed(self) -> str:
        """As the generated request builder takes it."""
        return self.check if self.in_path else f"{self.name}={self.check}"


@dataclass(frozen=True)
class Method:
    """An operation as a method of the facade."""

    operation: Operation
    name: str
    parameters: list[Parameter]
    answer: Answer
    paged: bool
    followed: bool

    @property
    def result(self) -> str:
        kinds = {"one": self.answer.model, "many": f"list[{self.answer.model}]"}
        return kinds.get(self.answer.kind, "str" if self.answer.kind == "text" else "bool")

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
        if _is_plain(contract, operation):
            tag = operation.definition["tags"][0]
            services.setdefault(tag, []).append(_method(contract, operation))
    for tag, methods in services.items():
        (folder / f"{tag}.py").write_text(_module(tag, methods, named), "utf-8")
    generator.tidy(folder)


def _is_plain(contract: Contract, operation: Operation) -> bool:
    definition = operation.definition
    return definition.get("x-sdk") is not False and "requestBody" not in definition


def _method(contract: Contract, operation: Operation) -> Method:
    answer = answer_of(contract, operation)
    found = list(_parameters(contract, operation))
    parameters = [
        _parameter(operation, each)
        for each in found
        # Those are used by what is written by hand, where a server has them, unless they say otherwise.
        if each.get("x-sdk") or not each.get("x-cognitora-extension")
    ]
    own = operation.definition.get("x-sdk", {})
    paged = {parameter.name for parameter in parameters} >= PAGED - {"after"}
    followed = not paged and any(each["name"] == "after" for each in found)
    return Method(operation, own.get("name", operation.id), parameters, answer, paged, followed)


def _parameters(contract: Contract, operation: Operation) -> Iterator[Schema]:
    """Those of the path and of the query, the path's first."""
    around = contract.document["paths"][operation.path].get("parameters", [])
    all_of_them = [
        contract.resolve(each) for each in [*around, *operation.definition.get("parameters", [])]
    ]
    for place in ("path", "query"):
        yield from (each for each in all_of_them if each["in"] == place)


def _parameter(operation: Operation, found: Schema) -> Parameter:
    name, schema = found["name"], found["schema"]
    text = " ".join(str(schema.get("description", found.get("description", ""))).split())
    quoted = _quoted(name)
    if found["in"] == "path":
        return Parameter(
            name, "str", "", f"checks.identifier({quoted}, {name})", text, in_path=True
        )
    kind, check = KINDS.get(_type_of(schema), ("", ""))
    if not kind:
        raise GenerationError(f"{operation.id}: a parameter such as {name} is unknown: {schema}")
    limits = "".join(
        f", {word}={schema[said]}"
        for said, word in (("minimum", "least"), ("maximum", "most"))
        if said in schema and schema[said] < LARGEST
    )
    if schema.get("maximum", LARGEST) < LARGEST:
        text = f"{text} It may be up to {schema['maximum']}."
    if "default" in schema:
        default = repr(schema["default"])
    elif found.get("required"):
        default = ""
    else:
        kind, default, check = f"{kind} | None", "None", f"if_any(checks.{check}"
        check = f"checks.{check}, {quoted}, {name}{limits})"
        by_name = "x-cognitora-extension" in found
        return Parameter(name, kind, default, check, text, in_path=False, by_name=by_name)
    return Parameter(name, kind, default, f"checks.{check}({quoted}, {name}{limits})", text, False)


def _type_of(schema: Schema) -> str:
    return str(schema.get("format") if schema.get("format") == "date-time" else schema.get("type"))


def _module(tag: str, methods: list[Method], named: set[str]) -> str:
    models = {method.answer.model for method in methods if method.answer.model}
    walks = [name for name in ("paged", "followed") if any(getattr(m, name) for m in methods)]
    walkers = ", ".join({"paged": "walk", "followed": "follow"}[name] for name in walks)
    endpoints = ", ".join(method.operation.id for method in methods)
    lines = [
        f'"""The plain operations of the {tag} service, written by `make generate`."""',
        "from __future__ import annotations",
        "from collections.abc import AsyncGenerator",
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
    built = f"{operation}._get_kwargs({', '.join(each.passed for each in method.parameters)})"
    call = f'await self._wire.call("{operation}", built, request_timeout)'
    body = [f"built = {built}"]
    if method.answer.kind == "nothing":
        body += [call, "return True"]
    elif method.followed:
        body = [f"return [entry async for entry in self.{_iterator(method)}({_given(method)})]"]
    else:
        body += [f"response = {call}", f"return {method.reading}"]
    text = _docstring(
        _sentences(method.operation.definition["description"]),
        method.parameters,
        WAIT.format(what="each page" if method.followed else "the answer"),
        "True." if method.answer.kind == "nothing" else method.answer.description,
        _raised(method),
    )
    declared = ["self", *_declared(method.parameters), TIMEOUT]
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
        False,
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
    ids = [each.name for each in method.parameters if each.in_path]
    if not ids or "404" not in method.operation.definition["responses"]:
        return ["CognitoraError: The call failed."]
    missing = ids[-1].removesuffix("_id").replace("_", " ")
    return [
        f"NotFoundError: There is no such {missing}.",
        "CognitoraError: The call failed otherwise.",
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
        summary, rest = meaning.split(". ", 1)
        summary += "."
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


def _sentences(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return f'"{text}"'
