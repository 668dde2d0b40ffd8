"""An OpenAPI document whose references are followed, and whose `allOf` are merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
Node = Mapping[str, Any]


class Document:
    """One version of the contract."""

    def __init__(self, content: Node) -> None:
        self.content = content
        # By the identity of the node, which is kept beside: else another could get its identity.
        self._merged: dict[int, tuple[Node, Node]] = {}
        self._options: dict[int, tuple[Node, list[Node]]] = {}

    def operations(self) -> Iterator[tuple[str, Node]]:
        """Each operation by its method and path (`POST /api/v1/…`), with what its path says of parameters."""
        for path, item in self.content.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    shared = item.get("parameters", [])
                    own = item[method].get("parameters", [])
                    yield (
                        f"{method.upper()} {path}",
                        {**item[method], "parameters": [*shared, *own]},
                    )

    def followed(self, node: Node) -> Node:
        """What a reference leads to, or the node itself."""
        while "$ref" in node and len(node) == 1:
            found: Any = self.content
            for part in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def schema(self, node: Node | bool) -> Node:
        """A schema with its reference followed and its `allOf` merged; the same object for the same node.

        True allows everything, as an empty schema does; False is `{"not": {}}`.
        """
        if isinstance(node, bool):
            return {} if node else {"not": {}}
        node = self.followed(node)
        if id(node) not in self._merged:
            parts = [self.followed({"$ref": node["$ref"]})] if "$ref" in node else []
            parts += node.get("allOf", [])
            own = {word: value for word, value in node.items() if word not in ("$ref", "allOf")}
            self._merged[id(node)] = node, self._merge([*parts, own]) if parts else node
        return self._merged[id(node)][1]

    def alternatives(self, node: Node | bool) -> list[Node]:
        """The schemas of which one has to hold: those of `anyOf` or `oneOf` with the rest, or itself."""
        whole = self.schema(node)
        if id(whole) not in self._options:
            named = [word for word in ("anyOf", "oneOf") if word in whole]
            rest = {word: value for word, value in whole.items() if word not in named[:1]}
            found = [self._merge([rest, each]) for each in whole[named[0]]] if named else [whole]
            self._options[id(whole)] = whole, found
        return self._options[id(whole)][1]

    def _merge(self, parts: list[Node]) -> Node:
        whole: dict[str, Any] = {}
        for part in map(self.schema, parts):
            for word, value in part.items():
                if word == "properties":
                    whole[word] = {**whole.get(word, {}), **value}
                elif word == "required":
                    whole[word] = [*whole.get(word, []), *value]
                else:
                    whole[word] = value
        return whole
