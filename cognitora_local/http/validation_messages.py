"""What is wrong with a request, in a sentence for a person, from a validator's finding."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jsonschema_rs import ValidationError

SHOWN = 60  # characters of a caller's value that a sentence repeats
MENTIONED = 5  # of a caller's names that a sentence repeats

NOUNS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
FORMATS = {"date-time": "a date and time with its zone, such as 2030-01-31T12:00:00Z"}


Names = Callable[[list[str | int]], list[str]]


def validation_message(error: ValidationError, where: str, known: Names) -> str:
    """Which field, what is wrong with it, and what is allowed.

    Args:
        error: what the validator found.
        where: what the value is, as a sentence begins: ``The body`` or ```limit```.
        known: names the properties allowed at a place of the schema.
    """
    field = name_of(error.instance_path, where)
    kind, value = error.kind.name, error.kind.value
    if kind == "required":
        return f"{name_of([*error.instance_path, str(value)], where)} is missing."
    if kind == "additionalProperties":
        return unknown_fields(error, field, known(list(error.schema_path)))
    if kind == "propertyNames":
        nested = value.kind  # what is wrong with a name
        demanded = (
            "must not be empty" if nested.name == "minLength" else demand(nested.name, nested.value)
        )
        return f"The names in {field} {demanded}."
    if kind == "anyOf":
        return validation_message(likeliest(value), where, known)
    if kind == "type":
        return f"{field} must be {listed(NOUNS[t] for t in value)}, not {kind_of(error.instance)}."
    return f"{field} {demand(kind, value)}; it is {shown(error.instance)}."


def demand(kind: str, value: Any) -> str:
    """What a field must be, for the keywords that limit a value."""
    if kind == "minLength":
        return "must not be empty" if value == 1 else f"must have at least {value} characters"
    if kind == "format":
        return f"must be {FORMATS.get(value, value)}"
    if kind in {"enum", "const"}:
        return f"must be {listed(json.dumps(v) for v in (value if kind == 'enum' else [value]))}"
    return DEMANDS.get(kind, "isn't what is allowed ({})").format(value)


DEMANDS: Mapping[str, str] = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be greater than {}",
    "exclusiveMaximum": "must be less than {}",
    "maxProperties": "must have at most {} entries",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} entries",
    "maxItems": "must have at most {} entries",
    "minProperties": "must say what is to change",
    "pattern": "must match {}",
}


def unknown_fields(error: ValidationError, field: str, known: list[str]) -> str:
    found = error.kind.value
    shown_names = [f"`{name[:SHOWN]}`" for name in found[:MENTIONED]]
    if len(found) > MENTIONED:
        shown_names.append(f"{len(found) - MENTIONED} more")
    names = listed(shown_names, word="and")
    few = "fields" if len(found) > 1 else "field"
    allowed = f" Known here: {', '.join(known)}." if known else ""
    return f"{field} has the unknown {few} {names}.{allowed}"


def likeliest(branches: list[list[ValidationError]]) -> ValidationError:
    """Of several allowed shapes the one that was probably meant: it has the fewest problems."""
    return min(branches, key=len)[0]


def name_of(path: Iterable[str | int], where: str) -> str:
    """`files[0].name` for a field, or what the whole is called."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"`{name.lstrip('.')[:SHOWN]}`" if name else where


def listed(words: Iterable[str], word: str = "or") -> str:
    *first, last = words
    return f"{', '.join(first)} {word} {last}" if first else last


def kind_of(value: Any) -> str:
    """The kind of a value alone: what fails a type check may be a secret, and isn't repeated."""
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {str: "text", list: "a list", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "a number")


def shown(value: Any) -> str:
    if isinstance(value, list | dict) and len(value) > SHOWN:
        return f"{kind_of(value)} of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
