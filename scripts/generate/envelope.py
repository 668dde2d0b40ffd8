"""What an operation of the contract gives to its caller: an object, a list, a text, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scripts.generate.contract import SCHEMAS, Contract, Operation, Schema
from scripts.generate.errors import GenerationError

NOTHING = "Acknowledgement"
FOLLOWS = "next"
"""A list's own word of the page after it, which is no part of what the list gives."""


@dataclass(frozen=True)
class Content:
    """What is in an answer of status 2xx.

    Attributes:
        kind: one object, a list of them, a text; or nothing but that it is done.
        model: the objects' schema.
        envelope: the names that lead to it from the outermost object.
        description: what the contract says of it.
        goes_on: whether a list says what comes after it.
    """

    kind: Literal["one", "many", "text", "nothing"]
    model: str
    envelope: tuple[str, ...]
    description: str
    goes_on: bool = False


def content_of(contract: Contract, operation: Operation) -> Content:
    """What an operation gives: an object with nothing in it but one other thing is an envelope."""
    responses = operation.definition["responses"]
    first = contract.resolve(responses[min(status for status in responses if status[0] == "2")])
    description = first["description"].strip()
    schema = first.get("content", {}).get("application/json", {}).get("schema")
    if schema is None or _name(schema) == NOTHING:
        return Content("nothing", "", (), description)
    return _unwrapped(contract, operation, schema, (), description)


def _unwrapped(
    contract: Contract,
    operation: Operation,
    schema: Schema,
    way: tuple[str, ...],
    text: str,
    *,
    goes_on: bool = False,
) -> Content:
    properties = dict(contract.resolve(schema).get("properties", {}))
    goes_on |= properties.pop(FOLLOWS, None) is not None
    if len(properties) == 1:
        ((name, inner),) = properties.items()
        way = (*way, name)
        kind = contract.resolve(inner).get("type")
        if kind == "object":
            return _unwrapped(contract, operation, inner, way, text, goes_on=goes_on)
        if kind == "array":
            model, described = _name(inner["items"]), _described(inner, text)
            return Content("many", model, way, described, goes_on)
        if kind == "string" or kind == ["string", "null"]:
            return Content("text", "", way, _described(inner, text))
        way = way[:-1]
    model = _name(schema)
    if not model:
        raise GenerationError(f"{operation.id}: the answer's object has no name of its own")
    return Content("one", model, way, text)


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).removeprefix(SCHEMAS)


def _described(schema: Schema, otherwise: str) -> str:
    return str(schema.get("description", otherwise)).strip()
