"""The document that the generator is given: the contract, in the words that the generator gets right.

- In an answer every field is required: so no `Unset` appears in its type. That an absent field is
  None is added to the generated code afterwards (models.py).
- In an answer a free-form object is a value of any kind (annotations.py).
- Of several content types only JSON is kept: the generator takes whichever comes first.
- A body of bytes is said in OpenAPI 3.0's way, the only one the generator knows.
"""

from __future__ import annotations

import copy
from typing import Any

from scripts.generate.annotations import is_free_form
from scripts.generate.contract import SCHEMAS, Contract, Schema

JSON = "application/json"
BYTES = "application/octet-stream"


def for_generator(contract: Contract) -> dict[str, Any]:
    """A changed copy of the contract's document."""
    changed = Contract(copy.deepcopy(contract.document))
    for name in contract.answers:
        _require_all(contract, changed.schema(name))
    for operation in changed.operations:
        _simplify(operation.definition.get("requestBody"), changed)
        for response in operation.definition.get("responses", {}).values():
            _simplify(response, changed)
    return changed.document


def _require_all(contract: Contract, schema: Schema) -> None:
    for part in schema.get("allOf", []):
        if not part.get("$ref", "").startswith(SCHEMAS):
            _require_all(contract, part)
    properties = schema.get("properties")
    if not properties:
        return
    schema["required"] = list(properties)
    for name, definition in properties.items():
        if is_free_form(contract, definition):
            described = contract.resolve(definition)
            text = definition.get("description", described.get("description"))
            properties[name] = {"description": text} if text else {}


def _simplify(body: Schema | None, contract: Contract) -> None:
    if body is None:
        return
    content = contract.resolve(body).get("content", {})
    if JSON in content:
        for other in [name for name in content if name != JSON]:
            del content[other]
    if BYTES in content:
        content[BYTES]["schema"] = {"type": "string", "format": "binary"}
