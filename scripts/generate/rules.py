"""The rules that the contract keeps, beyond being valid OpenAPI: the generated code relies on them."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from openapi_spec_validator import OpenAPIV31SpecValidator

from scripts.generate.contract import Contract, Operation, Schema
from scripts.generate.errors import GenerationError

RETRY = ("safe", "keyed", "never")
# What an answer's objects can do, so what no field of theirs can be called.
ANSWER_METHODS = ("additional_properties", "from_dict", "get", "items", "keys", "to_dict", "values")


def check(contract: Contract) -> None:
    """Raise GenerationError with the list of everything that is wrong with the contract."""
    found = list(_invalid(contract)) or list(offences(contract))
    if found:
        raise GenerationError("the contract breaks its rules:\n  " + "\n  ".join(found))


def offences(contract: Contract) -> Iterator[str]:
    """Each place where a valid document breaks a rule of ours, as a line of text."""
    for operation in contract.operations:
        yield from _of_operation(operation)
    for name in sorted(set(contract.requests) & set(contract.answers)):
        if contract.fields(name):
            yield f"{name}: is both sent and received: requests are closed, answers open"
    for name in contract.requests:
        if contract.fields(name) and contract.schema(name).get("additionalProperties") is not False:
            yield f"{name}: a request's model is closed: say `additionalProperties: false`"
    for name in contract.answer_models:
        yield from _of_answer(contract, name)


def _invalid(contract: Contract) -> Iterator[str]:
    version = str(contract.document.get("openapi", ""))
    if not version.startswith("3.1."):
        yield f"openapi: is {version!r}, and not 3.1.x"
        return
    for error in OpenAPIV31SpecValidator(contract.document).iter_errors():
        where = "/".join(str(part) for part in getattr(error, "absolute_path", ()))
        message = str(getattr(error, "message", error)).splitlines()[0]
        yield f"{where or 'document'}: {message}"


def _of_operation(operation: Operation) -> Iterator[str]:
    definition = operation.definition
    for key in ("operationId", "summary", "description"):
        if not definition.get(key):
            yield f"{operation.id}: has no {key}"
    if len(definition.get("tags", [])) != 1:
        yield f"{operation.id}: has {len(definition.get('tags', []))} tags, and not exactly one"
    if definition.get("x-retry") not in RETRY:
        yield f"{operation.id}: x-retry is {definition.get('x-retry')!r}, and not one of {', '.join(RETRY)}"
    if "x-cognitora-feature" in definition and not definition.get("x-cognitora-extension"):
        yield f"{operation.id}: has a feature, so it is an extension: say `x-cognitora-extension: true`"


def _of_answer(contract: Contract, name: str) -> Iterator[str]:
    if contract.schema(name).get("additionalProperties", True) is not True:
        yield f"{name}: an answer's model is open: leave `additionalProperties` out, or true"
    for field in contract.fields(name):
        if not field.required and not nullable(contract, field.schema):
            yield f"{name}.{field.name}: is optional in an answer, and so must be nullable"
        if field.name in ANSWER_METHODS or keyword.iskeyword(field.name):
            yield f"{name}.{field.name}: no field of an answer can have this name"
        if any(_has_properties(part) for part in _inline_objects(field.schema)):
            yield f"{name}.{field.name}: an object with properties needs a name in components/schemas"


def nullable(contract: Contract, schema: Schema) -> bool:
    """Whether null is one of the values that a schema allows."""
    schema = contract.resolve(schema)
    if "type" in schema:
        types = schema["type"]
        return types == "null" or (isinstance(types, list) and "null" in types)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return any(nullable(contract, part) for part in schema[union])
    return not any(word in schema for word in ("allOf", "const", "enum", "properties"))


def _inline_objects(schema: Schema) -> Iterator[Schema]:
    if "properties" in schema or schema.get("type") == "object":
        yield schema
    for part in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        yield from _inline_objects(part)
    if isinstance(schema.get("items"), dict):
        yield from _inline_objects(schema["items"])


def _has_properties(schema: Schema) -> bool:
    return bool(schema.get("properties"))
