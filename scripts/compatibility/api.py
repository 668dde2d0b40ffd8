"""What of the public API breaks programs, from two listings as docs/public_api.pyi, by griffe and by type."""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import griffe

Place = tuple[str, str]
"""The name of a class, or "" for the module, and that of a function in it."""


def breaking(before: str, now: str) -> list[str]:
    """What has changed for the worse between two listings: a line for each change, with its place."""
    old, new = _functions(before), _functions(now)
    known = set(re.findall(r"^class (\w+)", f"{before}\n{now}", re.MULTILINE))
    # What has several signatures is compared signature by signature: griffe would see the last one of each.
    several = {place for each in (old, new) for place in each if len(each[place]) > 1}
    lines = _compared(_without(before, several), _without(now, several), known)
    for place in sorted(several & old.keys()):
        if place not in new:
            lines.append(f"{'.'.join(filter(None, place))}: gone")
        for variant in old[place] if place in new else ():
            one = _alone(place, variant)
            tried: list[list[str]] = [
                _compared(one, _alone(place, each), known) for each in new[place]
            ]
            closest: list[str] = min(tried, key=len)
            lines += closest
    return lines


def _functions(listing: str) -> dict[Place, list[ast.stmt]]:
    found: dict[Place, list[ast.stmt]] = defaultdict(list)
    for place, function in _walk(ast.parse(listing)):
        found[place].append(function)
    return found


def _walk(module: ast.Module) -> Iterator[tuple[Place, ast.stmt]]:
    for each in module.body:
        for inner in each.body if isinstance(each, ast.ClassDef) else [each]:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (each.name if isinstance(each, ast.ClassDef) else "", inner.name), inner


def _without(listing: str, places: set[Place]) -> str:
    module = ast.parse(listing)
    unwanted = [function for place, function in _walk(module) if place in places]
    for each in [module, *module.body]:
        if isinstance(each, ast.Module | ast.ClassDef):
            each.body = [inner for inner in each.body if inner not in unwanted] or [ast.Pass()]
    return ast.unparse(module)


def _alone(place: Place, function: ast.stmt) -> str:
    if not place[0]:
        return ast.unparse(function)
    return f"class {place[0]}:\n" + re.sub("^", "    ", ast.unparse(function), flags=re.MULTILINE)


def _compared(before: str, now: str, known: set[str]) -> list[str]:
    path = Path("public_api.pyi")
    old, new = (griffe.visit("public_api", filepath=path, code=text) for text in (before, now))
    return [*map(_told, griffe.find_breaking_changes(old, new)), *_types(old, new, known)]


def _told(change: griffe.Breakage) -> str:
    said = change.as_dict()
    what = str(change.kind.value).lower()
    place = str(said["object_path"]).removeprefix("public_api.")
    values = [str(said[word]) for word in ("old_value", "new_value") if said.get(word) is not None]
    return f"{place}: {what}" + (f" ({' → '.join(values)})" if values else "")


def _types(old: griffe.Object, new: griffe.Object, known: set[str]) -> Iterator[str]:
    """What griffe passes over: results of new types, parameters that take less, functions made async."""
    for name, was in old.members.items():
        changed = new.members.get(name)
        place = was.path.removeprefix("public_api.")
        if isinstance(was, griffe.Class) and isinstance(changed, griffe.Class):
            yield from _types(was, changed, known)
        elif isinstance(was, griffe.Attribute) and isinstance(changed, griffe.Attribute):
            if more := _beyond(changed.annotation, was.annotation, known):
                yield f"{place}: may be {' or '.join(sorted(more))} now"
        elif isinstance(was, griffe.Function) and isinstance(changed, griffe.Function):
            if more := _beyond(changed.returns, was.returns, known):
                yield f"{place}: may give {' or '.join(sorted(more))} now"
            if ("async" in was.labels) != ("async" in changed.labels):
                yield f"{place}: has to be awaited, or no longer"
            for parameter in was.parameters:
                taken = next(
                    (each for each in changed.parameters if each.name == parameter.name), None
                )
                if taken and (less := _beyond(parameter.annotation, taken.annotation, known)):
                    yield f"{place}: {parameter.name} no longer takes {' or '.join(sorted(less))}"


def _beyond(inner: object, outer: object, known: set[str]) -> set[str]:
    """The types of a union that aren't in another.

    None where they differ by more than public classes and Python's own types: a name may stand for several
    types, which the listing doesn't tell, and one generic type may hold another.
    """
    ours, theirs = _kinds(inner), _kinds(outer)
    return ours - theirs if ours ^ theirs <= known | vars(builtins).keys() else set()


def _kinds(annotation: object) -> set[str]:
    """The types of a union; nothing for what has no annotation, which may be anything before and after."""
    if annotation is None:
        return set()
    node = ast.parse(str(annotation), mode="eval").body
    kinds: set[str] = set()
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        kinds.add(ast.unparse(node.right))
        node = node.left
    return kinds | {ast.unparse(node)}
