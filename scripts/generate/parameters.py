"""The parameters of the facade's plain operations: what stands in a path, in a query and in a JSON body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from openapi_python_client.strings import ClassName, PythonIdentifier, snake_case

from scripts.generate.contract import SCHEMAS, Contract, Operation, Schema
from scripts.generate.errors import GenerationError

LARGEST = 2**53 - 1
KINDS = {
    "integer": ("int", "whole"),
    "number": ("float", "number"),
    "boolean": ("bool", "boolean"),
    "string": ("str", "text"),
    "enum": ("str", "choice"),
    "date-time": ("datetime | str", "moment"),
    "seconds": ("int", "whole_seconds"),
    "Environment": ("Mapping[str, str]", "environment"),
    "Egress": ("Sequence[str]", "egress"),
    "FileUpload[]": ("Files", "files"),
    "Language": ("Language | str", "language"),
    "SessionResourcesRequest": ("Mapping[str, float] | SessionResourcesRequest", "resources"),
    "Metadata": ("Mapping[str, str]", "metadata"),
    "metadata": ("Mapping[str, str]", "metadata_filter"),
    "StandardInput": ("bytes | str", "standard_input"),
    "TerminalSize": ("tuple[int, int] | TerminalSize", "terminal"),
    "string[]": ("Sequence[str]", "texts"),
    "command": ("Sequence[InnerPath]", "words"),
    "image": ("str", "image"),
    "folder": ("InnerPath", "folder"),
    "path": ("InnerPath", "inner_path"),
    "id": ("str", "identifier"),
    "signal": ("int | str", "signal"),
}
"""The annotation and the check of a value, by its type, its format or its schema's name."""

SAID = {
    "moment": "A datetime with a time zone, or ISO 8601 text.",
    "signal": "With it, in small letters, by its number or as `signal.SIGTERM` it is taken as well.",
    "files": "Paths of this machine, each of which goes by its last part, and `FileUpload`s; or a "
    "dictionary from names to bytes, texts or such paths.",
}
"""By the check: what it takes besides what the contract says."""

LIMITS = {
    "whole": {"minimum": "least", "maximum": "most"},
    "whole_seconds": {"minimum": "least", "maximum": "most"},
    "number": {"minimum": "least", "maximum": "most"},
    "text": {"minLength": "shortest", "maxLength": "longest", "pattern": "pattern"},
    "choice": {"enum": "known"},
    "signal": {"enum": "known"},
    "texts": {"minItems": "fewest", "maxItems": "most"},
    "files": {"maxItems": "most"},
    "words": {"maxItems": "most"},
}
"""By the check: what it calls what the contract says."""

IMPLIED = {
    "whole": {"exclusiveMinimum"},
    "number": {"exclusiveMinimum"},
    "words": {"minItems"},
    "image": {"minLength"},
    "folder": {"minLength"},
    "metadata_filter": {"minLength"},
    "inner_path": {"minLength", "maxLength"},
    "identifier": {"minLength"},
}
"""By the check: what it finds without being told, or is told otherwise."""

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
    meant: str = ""
    """What is sent for None, where that is the default."""

    @property
    def usual(self) -> str:
        """What is sent where nothing is given."""
        return self.meant or self.default

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

    schema: str
    model: str
    description: str
    parameters: list[Parameter]
    constants: dict[str, object]
    """The properties of which there is one value, by their names here."""
    never_empty: bool
    beside: list[str]
    """Those that are no content by themselves: with them alone it is empty."""

    @property
    def builder(self) -> str:
        """The function that makes it of what was given."""
        return snake_case(self.model)


def outside(contract: Contract, operation: Operation) -> list[Parameter]:
    """The parameters of its path and of its query, the path's first."""
    return [
        _parameter(contract, operation, each, each["in"], required=bool(each.get("required")))
        for each in given(contract, operation)
        # Those are used by what is written by hand, where a server has them, unless they say otherwise.
        if {"x-sdk", "x-cognitora-feature"} & each.keys() or not each.get("x-cognitora-extension")
    ]


def given(contract: Contract, operation: Operation) -> Iterator[Schema]:
    """What the contract names for its path and its query."""
    around = contract.document["paths"][operation.path].get("parameters", [])
    all_of_them = [
        contract.resolve(each) for each in [*around, *operation.definition.get("parameters", [])]
    ]
    for place in ("path", "query"):
        yield from (each for each in all_of_them if each["in"] == place)


def bodies_of(contract: Contract, operation: Operation) -> list[Body]:
    """Its body, or each that it may have; none where it takes none.

    Raises:
        GenerationError: it isn't JSON, or has no name.
    """
    if "requestBody" not in operation.definition:
        return []
    content = contract.resolve(operation.definition["requestBody"])["content"]
    schema = content.get("application/json", {}).get("schema", {})
    references = [each.get("$ref", "") for each in schema.get("anyOf", [schema])]
    if not all(each.startswith(SCHEMAS) for each in references):
        raise GenerationError(
            f"{operation.id}: its body is no JSON object with a name of its own. Write its method by "
            "hand, and say so: x-sdk: false"
        )
    return [_body(contract, operation, each.removeprefix(SCHEMAS)) for each in references]


def _body(contract: Contract, operation: Operation, name: str) -> Body:
    fields = [
        field
        for field in contract.fields(name)
        # Those are the caller's where a server can announce them: else none is known to take them.
        if not field.schema.get("x-cognitora-extension") or "x-cognitora-feature" in field.schema
    ]
    parameters = [
        _parameter(
            contract,
            operation,
            {**field.schema, "name": field.name, "schema": field.schema},
            "body",
            required=field.required,
        )
        for field in fields
        if "const" not in field.schema
    ]
    parameters.sort(key=lambda each: each.default != "")
    constants = {
        str(PythonIdentifier(field.name, "field_")): field.schema["const"]
        for field in fields
        if "const" in field.schema
    }
    schema = contract.schema(name)
    described = " ".join(schema.get("description", "").split())
    never_empty = bool(schema.get("minProperties"))
    beside = [
        str(PythonIdentifier(named, "field_"))
        for named, also in schema.get("dependentSchemas", {}).items()
        if also == {"minProperties": 2}
    ]
    return Body(
        name, str(ClassName(name, "")), described, parameters, constants, never_empty, beside
    )


def _parameter(
    contract: Contract, operation: Operation, found: Schema, place: str, *, required: bool
) -> Parameter:
    named, schema = found["name"], found["schema"]
    name = str(PythonIdentifier(named, "field_")) if place == "body" else named
    described = contract.resolve(schema).get("description", "")
    text = " ".join(str(schema.get("description", found.get("description", described))).split())
    if place == "path":
        return Parameter(name, "str", "", f'validation.identifier("{name}", {name})', text, place)
    kind, check = KINDS.get(_type_of(schema, named), ("", ""))
    if not kind:
        raise GenerationError(f"{operation.id}: a parameter such as {named} is unknown: {schema}")
    limits = _limits(schema, check, f"{operation.id}: {named}")
    text = " ".join([text, *([SAID[check]] if check in SAID else [])])
    if schema.get("maximum", LARGEST) < LARGEST:
        text = f"{text} It may be up to {schema['maximum']}."
    sdk = operation.definition.get("x-sdk") or {}
    sources = ((sdk.get("defaults", {}), named), (schema, "default"))
    defaults = [each[key] for each, key in sources if key in each]
    default = defaults[0] if defaults else None
    by_name = "x-cognitora-extension" in found
    if place == "body" and not required and default is not None:
        checked = f'validation.{check}("{name}", validation.or_usual({name}, {default!r}){limits})'
        kind = f"{kind} | None"
        if name not in sdk.get("unset", []):
            return Parameter(name, kind, repr(default), checked, text, place, by_name)
        text = f"{text} None means {default!r}."
        return Parameter(name, kind, "None", checked, text, place, by_name, repr(default))
    passed = f'"{name}", {name}{limits})'
    if required or default is not None:
        nullable = " | None" if "null" in schema.get("type", "") else ""
        usual = "" if default is None else repr(default)
        return Parameter(name, kind + nullable, usual, f"validation.{check}({passed}", text, place)
    unless = "if_given" if place == "body" else "if_any"
    check = f"validation.{unless}(validation.{check}, {passed}"
    return Parameter(name, f"{kind} | None", "None", check, text, place, by_name)


def _limits(schema: Schema, check: str, whose: str) -> str:
    """What its check is told besides the value. Raises GenerationError for what no check knows."""
    known = {*LIMITS.get(check, {}), *IMPLIED.get(check, set())}
    items = schema.get("items", {})
    if unknown := (BOUNDS & schema.keys() - known) | (BOUNDS & items.keys()):
        raise GenerationError(
            f"{whose}: {', '.join(sorted(unknown))} isn't checked by cognitora/validation.py. Teach it, or "
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
    if schema.get("format") in KINDS:
        return str(schema["format"])
    if schema.get("type") == "array":
        return f"{_type_of(schema['items'], name)}[]"
    if "enum" in schema and schema.get("type") == "string":
        return "enum"
    if schema.get("type") == "integer" and name.lower().endswith("seconds"):
        return "seconds"
    return str(schema.get("type"))
