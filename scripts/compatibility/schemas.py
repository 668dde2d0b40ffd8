"""Is whatever one schema allows allowed by another? What isn't, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.compatibility.document import Document, Node

LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
SAME = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType")
JUDGED = frozenset(LEAST + MOST + SAME) | {
    *("type", "enum", "const", "anyOf", "oneOf", "items", "properties", "required"),
    *("additionalProperties", "propertyNames"),
}
"""What is compared. A description and its like don't decide what is allowed."""
UNJUDGED = frozenset(
    "not if then else prefixItems patternProperties dependentRequired contains".split()
)
"""What does decide, and isn't compared: a change of it is told as that."""
TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})


@dataclass
class Comparison:
    """Whether `outer` allows all that `inner` does.

    Attributes:
        inner: the document of the schemas whose values come.
        outer: the document of the schemas that have to allow them.
        lenient: for answers: clients keep fields and values of enumerations that they don't know, so
            that servers may add some; but a field that clients know has to stay.
    """

    inner: Document
    outer: Document
    lenient: bool = False
    _seen: dict[tuple[int, int], tuple[Node, Node]] = field(default_factory=dict)

    def strays(self, inner: Node | bool, outer: Node | bool, where: str = "") -> Iterator[str]:
        """What `inner` allows and `outer` doesn't: a line for each, with its place."""
        one, other = self.inner.schema(inner), self.outer.schema(outer)
        if (id(one), id(other)) in self._seen or not other.keys() & (JUDGED | UNJUDGED):
            return
        self._seen[id(one), id(other)] = one, other
        ours, theirs = self.inner.alternatives(one), self.outer.alternatives(other)
        if len(ours) == len(theirs) == 1:
            yield from self._plain(ours[0], theirs[0], where)
            return
        for each in ours:
            yield from min((self._tried(each, option, where) for option in theirs), key=len)

    def _tried(self, inner: Node, outer: Node, where: str) -> list[str]:
        # What was seen while an alternative was tried that doesn't fit has not been told.
        trial = Comparison(self.inner, self.outer, self.lenient, dict(self._seen))
        return list(trial.strays(inner, outer, where))

    def _plain(self, inner: Node, outer: Node, where: str) -> Iterator[str]:
        types, allowed = _types(inner), _types(outer)
        if more := types - allowed:
            yield f"{where or 'it'}: {' or '.join(sorted(more))}, not only {' or '.join(sorted(allowed))}"
            types &= allowed
        yield from self._values(inner, outer, where)
        if types & {"string", "array", "object", "number", "integer"}:
            yield from _limits(inner, outer, where)
        if "array" in types:
            yield from self.strays(inner.get("items", True), outer.get("items", True), f"{where}[]")
        if "object" in types:
            yield from self._fields(inner, outer, where)
        for word in sorted(UNJUDGED):
            if inner.get(word) != outer.get(word):
                yield f"{where or 'it'}: `{word}` has changed, which this check can't judge"

    def _values(self, inner: Node, outer: Node, where: str) -> Iterator[str]:
        ours, theirs = _enumerated(inner), _enumerated(outer)
        if theirs is None or self.lenient:
            return
        if ours is None:
            yield f"{where or 'it'}: any value, not only {_shown(theirs)}"
        elif more := [value for value in ours if value not in theirs]:
            yield f"{where or 'it'}: {_shown(more)}, not only {_shown(theirs)}"

    def _fields(self, inner: Node, outer: Node, where: str) -> Iterator[str]:
        dot = f"{where}." if where else ""
        ours, theirs = inner.get("properties", {}), outer.get("properties", {})
        rest_in, rest_out = (
            inner.get("additionalProperties", True),
            outer.get("additionalProperties", True),
        )
        for name in outer.get("required", []):
            if name not in inner.get("required", []) and not (self.lenient and name not in ours):
                yield f"{dot}{name}: missing, which it must not be"
        for name in ours:
            if name in theirs:
                yield from self.strays(ours[name], theirs[name], f"{dot}{name}")
            elif rest_out is False:
                yield f"{dot}{name}: there, and unknown"
            else:
                yield from self.strays(ours[name], rest_out, f"{dot}{name}")
        if self.lenient:
            yield from (f"{dot}{name}: gone" for name in theirs if name not in ours)
        elif rest_out is False and rest_in is not False:
            yield f"{where or 'it'}: fields of any name"
        if rest_in is not False and rest_out is not False:
            yield from self.strays(rest_in, rest_out, f"{dot}*")
        yield from self.strays(
            inner.get("propertyNames", True),
            outer.get("propertyNames", True),
            f"{dot}(names of fields)",
        )


def _types(schema: Node) -> set[str]:
    named = schema.get("type")
    if named is not None:
        found = {named} if isinstance(named, str) else set(named)
    elif (values := _enumerated(schema)) is not None:
        found = {_type(value) for value in values}
    else:
        found = set(TYPES)
    return found | {"integer"} if "number" in found else found


def _type(value: object) -> str:
    kinds = {
        bool: "boolean",
        str: "string",
        int: "integer",
        float: "number",
        list: "array",
        dict: "object",
    }
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "null")


def _enumerated(schema: Node) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _limits(inner: Node, outer: Node, where: str) -> Iterator[str]:
    for word in (*LEAST, *MOST):
        ours, theirs = inner.get(word), outer.get(word)
        if theirs is None:
            continue
        if ours is None or (ours < theirs if word in LEAST else ours > theirs):
            yield f"{where or 'it'}: {word} {'none' if ours is None else ours}, not {theirs}"
    for word in SAME:
        if outer.get(word) and inner.get(word) != outer[word]:
            yield f"{where or 'it'}: {word} {inner.get(word) or 'any'}, not {outer[word]}"


def _shown(values: list[Any]) -> str:
    return ", ".join(map(repr, values))
