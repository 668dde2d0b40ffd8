"""The parameters of the facade's plain operations: what stands in a path, in a query and in a JSON body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from openapi_python_client.strings import ClassName, PythonIdentifier

from scripts.generate.contract import SCHEMAS, Contract, Operation, Schema
from scripts.generate.errors import GenerationError

LARGEST = 2**53 - 1
KINDS = {
    "integer": ("int", "whole"),
    "number": ("float", "number"),
    "boolean": ("bool", "boolean"),
    "string": ("str", "text"),
    "date-time": ("datetime | str", "moment"),
    "seconds": ("int", "whole_seconds"),
    "Environment": ("Mapping[str, str]", "environment"),
    "FileUpload[]": ("Sequence[FileUpload]", "files"),
    "Language": ("Language | str", "language"),
    "SessionResourcesRequest": ("Mapping[str, float] | SessionResourcesRequest", "resources"),
    "string[]": ("Sequence[str]", "texts"),
}
"""The annotation and the check of a value, by its type, its format or its schema's name."""

LIMITS = {
    "whole": {"minimum": "least", "maximum": "most"},
    "whole_seconds": {"minimum": "least", "maximum": "most"},
    "number": {"minimum": "least", "maximum": "most"},
    "text": {
        "minLength": "shortest",
        "maxLength": "longest",
        "pattern": "pattern",
        "enum": "one_of",
    },
    "texts": {"minItems": "fewest", "maxItems": "most"},
}
"""By the check: what it calls what the contract says."""

BOUNDS = {
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const", "enum"),
    *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"),
}
"""What a schema may say of a value besides its type."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a method."""

    name: str
    kind: str
    default: str
    check: str
    """Its value after it was checked."""
    text: str
    place: str
    """Where it goes: `path`, `query` or `body`."""
    by_name: bool = False
    """It is passed by its name alone."""

    @property
    def declared(self) -> str:
        return f"{self.name}: {self.kind}" + (f" = {self.default}" if self.default else "")

    @property
    def passed(self) -> str:
        """As the generated request builder, or the body's model, takes it."""
        return self.check if self.place == "path" else f"{self.name}={self.check}"


@dataclass(frozen=True)
class Body:
    """The JSON that an operation takes: an object with a name, whose properties are parameters."""

    model: str
    parameters: list[Parameter]
    never_empty: bool

    @property
    def passed(self) -> str:
        """The argument of the generated request builder."""
        made = f"{self.model}({', '.join(each.passed for each in self.parameters)})"
        return f"body=checks.not_empty({made})" if self.never_empty else f"body={made}"


def outside(contract: Contract, operation: Operation) -> list[Parameter]:
    """The parameters of its path and of its query, the path's first."""
    return [
        _parameter(contract, operation, each, each["in"], required=bool(each.get("required")))
        for each in given(contract, operation)
        # Those are used by what is written by hand, where a server has them, unless they say otherwise.
        if each.get("x-sdk") or not each.get("x-cognitora-extension")
    ]


def given(contract: Contract, operation: Operation) -> Iterator[Schema]:
    """What the contract names for its path and its query."""
    around = contract.document["paths"][operation.path].get("parameters", [])
    all_of_them = [
        contract.resolve(each) for each in [*around, *operation.definition.get("parameters", [])]
    ]
    for place in ("path", "query"):
        yield from (each for each in all_of_them if each["in"] == place)


def body_of(contract: Contract, operation: Operation) -> Body | None:
    """Its body, what is required first; None where it takes none."""
    if "requestBody" not in operation.definition:
        return None
    content = contract.resolve(operation.definition["requestBody"])["content"]
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if not reference.startswith(SCHEMAS):
        raise GenerationError(
            f"{operation.id}: its body is no JSON object with a name of its own. Write its method by "
            "hand, and say so: x-sdk: false"
        )
    name = reference.removeprefix(SCHEMAS)
    parameters = [
        _parameter(
            contract,
            operation,
            {**field.schema, "name": field.name, "schema": field.schema},
            "body",
            required=field.required,
        )
        for field in contract.fields(name)
        if not field.schema.get("x-cognitora-extension")
    ]
    parameters.sort(key=lambda each: each.default != "")
    never_empty = bool(contract.schema(name).get("minProperties"))
    return Body(str(ClassName(name, "")), parameters, never_empty)


def _parameter(
    contract: Contract, operation: Operation, found: Schema, place: str, *, required: bool
) -> Parameter:
    named, schema = found["name"], found["schema"]
    name = str(PythonIdentifier(named, "field_")) if place == "body" else named
    described = contract.resolve(schema).get("description", "")
    text = " ".join(str(schema.get("description", found.get("description", described))).split())
    if place == "path":
        return Parameter(name, "str", "", f'checks.identifier("{name}", {name})', text, place)
    kind, check = KINDS.get(_type_of(schema, named), ("", ""))
    if not kind:
        raise GenerationError(f"{operation.id}: a parameter such as {named} is unknown: {schema}")
    limits = _limits(schema, check, f"{operation.id}: {named}")
    if check == "moment":
        text = f"{text} A datetime with a time zone, or ISO 8601 text."
    if schema.get("maximum", LARGEST) < LARGEST:
        text = f"{text} It may be up to {schema['maximum']}."
    own = operation.definition.get("x-sdk") or {}
    defaults = {"default": schema["default"]} if "default" in schema else {}
    if named in own.get("defaults", {}):
        defaults = {"default": own["defaults"][named]}
    passed = f'"{name}", {name}{limits})'
    if defaults or required:
        default = repr(defaults["default"]) if defaults else ""
        return Parameter(name, kind, default, f"checks.{check}({passed}", text, place)
    unless = "if_given" if place == "body" else "if_any"
    check = f"checks.{unless}(checks.{check}, {passed}"
    by_name = "x-cognitora-extension" in found
    return Parameter(name, f"{kind} | None", "None", check, text, place, by_name)


def _limits(schema: Schema, check: str, whose: str) -> str:
    """What its check is told besides the value. Raises GenerationError for what no check knows."""
    known = {
        *LIMITS.get(check, {}),
        *(["exclusiveMinimum"] if check in {"whole", "number"} else []),
    }
    items = schema.get("items", {})
    if unknown := (BOUNDS & schema.keys() - known) | (BOUNDS & items.keys()):
        raise GenerationError(
            f"{whose}: {', '.join(sorted(unknown))} isn't checked by cognitora/checks.py. Teach it, or "
            "write the method by hand, and say so: x-sdk: false"
        )
    try:
        re.compile(schema.get("pattern", ""))
    except re.error as error:
        raise GenerationError(f"{whose}: Python can't read its pattern: {error}") from None
    told = "".join(
        f", {word}={schema[said]!r}"
        for said, word in LIMITS.get(check, {}).items()
        if said in schema and schema[said] != LARGEST
    )
    if "exclusiveMinimum" in schema:
        told += f", least={schema['exclusiveMinimum']}, above=True"
    return told


def _type_of(schema: Schema, name: str) -> str:
    """What it is called in `KINDS`."""
    whole = [schema, *schema.get("allOf", [])]
    for part in whole:
        if "$ref" in part:
            return str(part["$ref"]).removeprefix(SCHEMAS)
    if schema.get("type") == "array":
        return f"{_type_of(schema['items'], name)}[]"
    if schema.get("type") == "integer" and name.lower().endswith("seconds"):
        return "seconds"
    return str(schema["format"] if schema.get("format") == "date-time" else schema.get("type"))
