"""Types of fields that hold free-form JSON.

The generator would make a class of every object, also of one that has no properties of its own
(a map, a MIME bundle). In an answer these are plain dictionaries instead: the generator is shown a
value of any kind, and the field gets the annotation that is worked out here.
"""

from __future__ import annotations

from scripts.generate.contract import Contract, Schema
from scripts.generate.errors import GenerationError

SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
DICTIONARY = "dict[str, Any]"


def is_free_form(contract: Contract, schema: Schema) -> bool:
    """Whether there is an object with no properties somewhere in a field's schema."""
    if "$ref" in schema and schema["$ref"].startswith("#"):
        target = contract.resolve(schema)
        return _is_dictionary(target)
    if _is_dictionary(schema):
        return True
    parts = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    if isinstance(schema.get("items"), dict):
        parts.append(schema["items"])
    return any(is_free_form(contract, part) for part in parts)


def annotation(contract: Contract, schema: Schema) -> str:
    """The Python type of a free-form schema. Raises GenerationError if it holds a model too."""
    return " | ".join(
        sorted(set(_types(contract, schema)), key=lambda name: (name == "None", name))
    )


def _types(contract: Contract, schema: Schema) -> list[str]:
    schema = contract.resolve(schema)
    if _is_dictionary(schema):
        nullable = "null" in schema["type"] if isinstance(schema["type"], list) else False
        return [DICTIONARY, "None"] if nullable else [DICTIONARY]
    union = schema.get("anyOf", schema.get("oneOf"))
    if union is not None:
        return [name for part in union for name in _types(contract, part)]
    kinds = schema.get("type", [])
    names: list[str] = []
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind == "array":
            names.append(f"list[{annotation(contract, schema['items'])}]")
        elif kind in SCALARS:
            names.append(SCALARS[kind])
        else:
            raise GenerationError(f"a free-form field can't also hold this schema: {schema}")
    return names or ["Any"]


def _is_dictionary(schema: Schema) -> bool:
    types = schema.get("type")
    is_object = types == "object" or (isinstance(types, list) and "object" in types)
    return is_object and not schema.get("properties") and "allOf" not in schema
