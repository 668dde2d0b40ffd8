"""Operations as methods of the facade: what they take and give, and what `x-sdk` says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from openapi_python_client.strings import snake_case

from scripts.generate.contract import Contract, Operation
from scripts.generate.envelope import Content, content_of
from scripts.generate.errors import GenerationError
from scripts.generate.package.seconds import RUN_SECONDS
from scripts.generate.parameters import Body, Parameter, bodies_of, given, outside

PAGED = {"limit", "offset", "after"}
WORDS = {
    *("name", "also", "returns", "defaults", "unset", "without", "order"),
    *("request", "runs", "undo", "refused", "variants", "presets"),
}
"""What `x-sdk` may say of an operation."""

KEPT = {"returns", "defaults", "unset", "runs", "undo"}
"""What of it counts for the methods of its other bodies too."""


@dataclass(frozen=True)
class Method:
    """An operation as a method of the facade."""

    operation: Operation
    name: str
    described: str
    parameters: list[Parameter]
    bodies: list[Body]
    answer: Content
    own: dict[str, Any]
    """What `x-sdk` says of it."""
    paged: bool
    followed: bool

    @property
    def result(self) -> str:
        kinds = {"one": self.answer.model, "many": f"list[{self.answer.model}]"}
        return kinds.get(self.answer.kind, "str" if self.answer.kind == "text" else "bool")

    @property
    def gives(self) -> str:
        """What is returned, in words."""
        usual = "True." if self.answer.kind == "nothing" else self.answer.description
        return str(self.own.get("returns", usual))

    @property
    def body(self) -> Body | None:
        """The body whose properties are its parameters: the first, where there are several."""
        return self.bodies[0] if self.bodies else None

    @property
    def said(self) -> list[Parameter]:
        """The parameters that its body says, without those that are refused here."""
        refused = self.own.get("refused", {})
        return (
            [each for each in self.body.parameters if each.name not in refused] if self.body else []
        )

    @cached_property
    def every_parameter(self) -> list[Parameter]:
        """Those of the body after the others, and what is required before what isn't.

        Where an order is given, what isn't in it is passed by name.
        """
        found = [*self.parameters, *self.said]
        names = [each.name for each in found]
        if len({*names, "self", "request_timeout"}) < len(names) + 2:
            raise GenerationError(
                f"{self.operation.id}: two of its parameters have one name: {', '.join(names)}"
            )
        if order := self.own.get("order"):
            if unknown := set(order) - set(names):
                raise self.error(f"there is no {', '.join(sorted(unknown))} to be ordered")
            found = [
                replace(each, by_name=each.by_name or each.name not in order) for each in found
            ]
            return sorted(
                found, key=lambda each: order.index(each.name) if not each.by_name else len(order)
            )
        return sorted(found, key=lambda each: each.default != "")

    @property
    def request(self) -> Parameter | None:
        """The parameter that may be the request's object instead."""
        if not self.own.get("request"):
            return None
        if self.parameters or not self.bodies:
            raise self.error(
                "x-sdk: request is for what a body alone says, without ids and queries"
            )
        return self.every_parameter[0]

    @property
    def whole(self) -> str:
        """The annotation of such an object."""
        return " | ".join(body.model for body in self.bodies)

    @property
    def reading(self) -> str:
        """The expression that reads the answer."""
        model = [self.answer.model] if self.answer.model else []
        arguments = ", ".join(["response", *model, *(f'"{each}"' for each in self.answer.envelope)])
        return f"parsing.{self.answer.kind}({arguments})"

    @property
    def iterator(self) -> str:
        """The name of what iterates over its list."""
        return "iter_" + self.name.removeprefix("list_").removeprefix("get_")

    @property
    def run_seconds(self) -> int:
        """How long what it runs may take unless the caller says otherwise."""
        return RUN_SECONDS[self.operation.id]

    def error(self, sentence: str) -> GenerationError:
        return GenerationError(f"{self.operation.id}: {sentence}")


def methods_of(contract: Contract, operation: Operation) -> list[Method]:
    """What the facade has for an operation: nothing, a method, or one for each of its bodies.

    Raises:
        GenerationError: `x-sdk` says what nothing is known of.
    """
    own = operation.definition.get("x-sdk", {})
    if own is False:
        return []
    if unknown := set(own) - WORDS:
        raise GenerationError(
            f"{operation.id}: x-sdk has {', '.join(sorted(unknown))}; what it may have is listed in "
            "scripts/generate/facade.py"
        )
    if snake_case(operation.id) != operation.id:
        raise GenerationError(f"{operation.id}: call it {snake_case(operation.id)}")
    answer = content_of(contract, operation)
    parameters = outside(contract, operation)
    paged = {parameter.name for parameter in parameters} >= PAGED - {"after"}
    followed = not paged and any(each["name"] == "after" for each in given(contract, operation))
    bodies = bodies_of(contract, operation)
    main = Method(
        operation,
        own.get("name", operation.id),
        " ".join(f"{operation.definition['description']} {own.get('also', '')}".split()),
        parameters,
        bodies,
        answer,
        own,
        paged,
        followed,
    )
    _check(contract, main)
    _check_pages(contract, main)
    return [main, *_variants(main)]


def _check(contract: Contract, method: Method) -> None:
    """Raise GenerationError where what `x-sdk` says is of no parameter."""
    own = method.own
    names = {each.name for each in method.every_parameter}
    wire = {field.name for body in method.bodies for field in contract.fields(body.schema)}
    named = {*own.get("unset", []), *([own["runs"]] if "runs" in own else [])}
    if unknown := (named - names) | (set(own.get("defaults", {})) - wire):
        raise method.error(f"x-sdk: there is no {', '.join(sorted(unknown))}")
    if undo := own.get("undo"):
        fields = {snake_case(field.name) for field in contract.fields(method.answer.model)}
        operations = {operation.id for operation in contract.operations}
        if undo["id"] not in fields or undo["method"] not in operations:
            raise method.error("x-sdk: undo names no method, or nothing that the answer has")


def _check_pages(contract: Contract, method: Method) -> None:
    """Raise GenerationError where a list in pages can't be walked to its end."""
    names = {each["name"] for each in given(contract, method.operation)}
    if not method.paged or method.answer.kind != "many":
        return
    if "after" not in names or not method.answer.goes_on:
        raise method.error(
            "a list with limit and offset must take `after` as well, and tell `next` in its answer: by "
            "them its iterator misses nothing while entries come and go"
        )


def _variants(main: Method) -> list[Method]:
    """The methods of its other bodies, which need names and descriptions."""
    names = main.own.get("variants", {})
    if len(names) != len(main.bodies[1:]):
        raise main.error("x-sdk: variants must have a name for each body but the first")
    for body in main.bodies[1:]:
        if not body.constants:
            raise main.error(f"nothing tells {body.model} from {main.bodies[0].model}")
    own = {name: value for name, value in main.own.items() if name in KEPT}
    return [
        replace(main, name=name, described=" ".join(described.split()), bodies=[body], own=own)
        for (name, described), body in zip(names.items(), main.bodies[1:], strict=True)
    ]
