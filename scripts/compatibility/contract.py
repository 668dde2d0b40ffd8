"""What of a contract breaks clients and programs that were made for an older one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scripts.compatibility.document import Document, Node
from scripts.compatibility.schemas import Comparison

PROMISED = {
    "operationId": "the name of its method",
    "x-retry": "what clients repeat",
    "x-cognitora-feature": "the word that announces it",
}
"""What is said of an operation and may not change, and what it stands for."""


def breaking(before: Node, now: Node) -> list[str]:
    """What has changed for the worse between two documents: a line for each change, with its place."""
    return list(_Contracts(Document(before), Document(now)).changes())


class _Contracts:
    def __init__(self, before: Document, now: Document) -> None:
        self.before, self.now = before, now

    def changes(self) -> Iterator[str]:
        new = dict(self.now.operations())
        for name, operation in self.before.operations():
            if name in new:
                yield from (f"{name}: {line}" for line in self._operation(operation, new[name]))
            else:
                yield f"{name}: the operation is gone"

    def _operation(self, old: Node, new: Node) -> Iterator[str]:
        for word, meaning in PROMISED.items():
            if old.get(word) != new.get(word):
                yield f"{word} (meaning {meaning}) was {old.get(word)} and is {new.get(word)}"
        if new.get("x-cognitora-extension") and not old.get("x-cognitora-extension"):
            yield "servers may lack it now (x-cognitora-extension)"
        usual = self.before.content.get("security"), self.now.content.get("security")
        if old.get("security", usual[0]) != new.get("security", usual[1]):
            yield "who may call it has changed (security)"
        yield from self._parameters(old, new)
        yield from self._request(old.get("requestBody"), new.get("requestBody"))
        yield from self._answers(old.get("responses", {}), new.get("responses", {}))

    def _parameters(self, old: Node, new: Node) -> Iterator[str]:
        known, wanted = _parameters(self.before, old), _parameters(self.now, new)
        for (place, name), parameter in known.items():
            label = f"the parameter {name} in the {place}"
            changed = wanted.get((place, name))
            if changed is None:
                yield f"{label} is gone"
                continue
            if changed.get("required") and not parameter.get("required"):
                yield f"{label} is required now"
            for word in ("style", "explode"):
                if parameter.get(word) != changed.get(word):
                    yield f"{label} is written otherwise ({word})"
            yield from self._sent(parameter.get("schema", {}), changed.get("schema", {}), label)
        for (place, name), parameter in wanted.items():
            if (place, name) not in known and parameter.get("required"):
                yield f"the parameter {name} in the {place} is new, and required"

    def _request(self, old: Node | None, new: Node | None) -> Iterator[str]:
        before = self.before.followed(old or {})
        now = self.now.followed(new or {})
        if now.get("required") and not before.get("required"):
            yield "a body is required now"
        for kind, content in before.get("content", {}).items():
            if kind in now.get("content", {}):
                schema = now["content"][kind].get("schema", {})
                yield from self._sent(content.get("schema", {}), schema, "the request's body")
            else:
                yield f"a body of the type {kind} isn't taken any more"

    def _sent(self, old: Node, new: Node, label: str) -> Iterator[str]:
        """What clients sent has to be taken as it was: the new schema allows whatever the old one allowed."""
        for line in Comparison(self.before, self.now).strays(old, new):
            yield f"{label} is taken no longer with {line}"
        for place, (was, is_now) in _defaults(self.before, self.now, old, new).items():
            yield f"{label}: {place or 'it'} had the default {was!r} and has {is_now!r}"

    def _answers(self, old: Node, new: Node) -> Iterator[str]:
        for status, told in old.items():
            label = f"the answer {status}"
            if status not in new:
                if str(status).startswith("2"):
                    yield f"{label} is gone"
                continue
            before, now = self.before.followed(told), self.now.followed(new[status])
            for name in before.get("headers", {}):
                if name not in now.get("headers", {}):
                    yield f"{label} has lost its header {name}"
            for kind, content in before.get("content", {}).items():
                if kind not in now.get("content", {}):
                    yield f"{label} isn't given as {kind} any more"
                    continue
                changed = now["content"][kind].get("schema", {})
                # The new answer has to be one that clients of the old contract can read.
                lines = Comparison(self.now, self.before, lenient=True)
                for line in lines.strays(changed, content.get("schema", {})):
                    yield f"{label} may come with {line}"


def _parameters(document: Document, operation: Node) -> dict[tuple[str, str], Node]:
    each = map(document.followed, operation["parameters"])
    return {(parameter["in"], parameter["name"]): parameter for parameter in each}


def _defaults(before: Document, now: Document, old: Node, new: Node) -> dict[str, tuple[Any, Any]]:
    """The defaults that differ, by their place, in fields that both have."""
    found: dict[str, tuple[Any, Any]] = {}

    def look(one: Node | bool, other: Node | bool, place: str, within: tuple[int, ...]) -> None:
        a, b = before.schema(one), now.schema(other)
        if id(a) in within:
            return
        if a.get("default") != b.get("default"):
            found[place] = (a.get("default"), b.get("default"))
        for name in a.get("properties", {}).keys() & b.get("properties", {}).keys():
            deeper = f"{place}.{name}" if place else name
            look(a["properties"][name], b["properties"][name], deeper, (*within, id(a)))
        if "items" in a and "items" in b:
            look(a["items"], b["items"], f"{place}[]", (*within, id(a)))

    look(old, new, "", ())
    return dict(sorted(found.items()))
