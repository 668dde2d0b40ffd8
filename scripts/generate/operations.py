"""Writes what client and runtime need to know of each operation: `operations.py` and `openapi.json`."""

from __future__ import annotations

import json
from pathlib import Path

from openapi_python_client.strings import PythonIdentifier

from scripts.generate.contract import Contract, Operation

HEAD = '''"""The operations of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        id: the operationId.
        method: the HTTP method, in upper case.
        path: the path, its parameters in braces.
        retry: whether a call with no answer may be repeated: always, with its idempotency key, or never.
        tag: the service it belongs to.
        extension: whether a server may not know it.
        feature: the word by which a server announces it; "" where it has none.
        fields: those of its query and its body that only a server takes which announces them, each with
            the word for it.
    """

    id: str
    method: str
    path: str
    retry: Literal["safe", "keyed", "never"]
    tag: str
    extension: bool = False
    feature: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


OPERATIONS: dict[str, Operation] = {
'''


def write_operations(contract: Contract, package: Path) -> None:
    """Write both files into the package."""
    lines = [HEAD]
    for operation in contract.operations:
        definition = operation.definition
        arguments = [
            f"{operation.id!r}",
            f"{operation.method.upper()!r}",
            f"{operation.path!r}",
            f"{definition['x-retry']!r}",
            f"{definition['tags'][0]!r}",
        ]
        if definition.get("x-cognitora-extension"):
            arguments.append("extension=True")
        if feature := definition.get("x-cognitora-feature"):
            arguments.append(f"feature={feature!r}")
        if fields := _fields(contract, operation):
            arguments.append(f"fields={fields!r}")
        lines.append(f"    {operation.id!r}: Operation({', '.join(arguments)}),\n")
    (package / "operations.py").write_text("".join([*lines, "}\n", _names(contract)]), "utf-8")
    text = json.dumps(contract.document, ensure_ascii=False, indent=1)
    (package / "openapi.json").write_text(text + "\n", "utf-8")


def _names(contract: Contract) -> str:
    """The names in camel case and what they are in Python, as source."""
    schemas = contract.document["components"]["schemas"].values()
    wire = sorted({name for schema in schemas for name in schema.get("properties", {})})
    names = {name: str(PythonIdentifier(name, "")) for name in wire if name != name.lower()}
    meaning = "What the fields of JSON that are in camel case are called in Python."
    return f'\nNAMES: dict[str, str] = {names!r}\n"""{meaning}"""\n'


def _fields(contract: Contract, operation: Operation) -> dict[str, str]:
    """What stands in its query and its bodies that a server announces, with the words for that."""
    body = contract.resolve(operation.definition.get("requestBody", {}))
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    found = [contract.resolve(each) for each in schema.get("anyOf", [schema])]
    around = contract.document["paths"][operation.path].get("parameters", [])
    own = operation.definition.get("parameters", [])
    query = {each["name"]: each for each in map(contract.resolve, [*around, *own])}
    fields = [query, *(each.get("properties", {}) for each in found)]
    return {
        name: described["x-cognitora-feature"]
        for each in fields
        for name, described in each.items()
        if "x-cognitora-feature" in described
    }
