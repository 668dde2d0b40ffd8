"""The contract as the generator sees it: its operations, and the schemas of requests and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from scripts.generate.errors import GenerationError

Schema = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    definition: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The operationId, or the method and path of an operation that lacks one."""
        return str(self.definition.get("operationId", f"{self.method.upper()} {self.path}"))


@dataclass(frozen=True)
class Field:
    """One property of an object schema."""

    name: str
    schema: Schema
    required: bool
    aliases: list[str] = field(default_factory=list)


class Contract:
    """An OpenAPI document in memory."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def read(cls, path: Path) -> Contract:
        """Read a YAML file. Raises GenerationError if it isn't there or isn't YAML."""
        try:
            document = yaml.load(path.read_text("utf-8"), Loader=_JsonLoader)
        except OSError as error:
            raise GenerationError(f"{path} can't be read: {error.strerror}") from error
        except yaml.YAMLError as error:
            raise GenerationError(f"{path} is not YAML: {error}") from error
        if not isinstance(document, dict):
            raise GenerationError(f"{path} is not an OpenAPI document: its top level is no mapping")
        return cls(document)

    @cached_property
    def operations(self) -> list[Operation]:
        """All operations, in the order of the document."""
        return [
            Operation(method, path, item[method])
            for path, item in self.document.get("paths", {}).items()
            for method in METHODS
            if method in item
        ]

    @cached_property
    def requests(self) -> list[str]:
        """The names of the schemas that can be reached from a request's body, sorted."""
        bodies = (operation.definition.get("requestBody", {}) for operation in self.operations)
        return self._reachable(bodies)

    @cached_property
    def answers(self) -> list[str]:
        """The names of the schemas that can be reached from an answer, errors too, sorted."""
        return self._reachable(
            operation.definition.get("responses") for operation in self.operations
        )

    @cached_property
    def answer_models(self) -> list[str]:
        """Those of the answers' schemas that become classes: objects with properties."""
        return [name for name in self.answers if self.fields(name)]

    def schema(self, name: str) -> Schema:
        """The schema of this name in `components/schemas`."""
        return self.resolve({"$ref": SCHEMAS + name})

    def resolve(self, node: Schema) -> Schema:
        """The node itself, or what its `$ref` points to."""
        while "$ref" in node:
            reference = node["$ref"]
            found: Any = self.document
            for part in reference.removeprefix("#/").split("/"):
                found = found.get(part) if isinstance(found, dict) else None
            if not isinstance(found, dict):
                raise GenerationError(f"$ref {reference!r} leads nowhere in this document")
            node = found
        return node

    def fields(self, name: str) -> list[Field]:
        """The properties of a named schema, those of its `allOf` parts first."""
        merged = self._merged(self.schema(name))
        required = merged["required"]
        return [
            Field(wire, schema, wire in required, _aliases(schema))
            for wire, schema in merged["properties"].items()
        ]

    def _merged(self, schema: Schema) -> Schema:
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for part in schema.get("allOf", []):
            merged = self._merged(self.resolve(part))
            properties |= merged["properties"]
            required += merged["required"]
        properties |= schema.get("properties", {})
        required += schema.get("required", [])
        return {"properties": properties, "required": required}

    def _reachable(self, roots: Any) -> list[str]:
        names: set[str] = set()
        seen: set[str] = set()
        waiting = list(roots)
        while waiting:
            for reference in references(waiting.pop()):
                if reference not in seen:
                    seen.add(reference)
                    waiting.append(self.resolve({"$ref": reference}))
                    if reference.startswith(SCHEMAS):
                        names.add(reference.removeprefix(SCHEMAS))
        return sorted(names)


def references(node: Any) -> Iterator[str]:
    """Every `$ref` in a part of the document, however deep, examples left out."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, value in node.items():
            if key not in ("example", "examples", "default", "const", "enum"):
                yield from references(value)


def _aliases(schema: Schema) -> list[str]:
    alias = schema.get("x-alias", [])
    return [alias] if isinstance(alias, str) else list(alias)


class _JsonLoader(yaml.CSafeLoader):
    """YAML whose scalars are JSON's: an unquoted date in an example stays text."""


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
