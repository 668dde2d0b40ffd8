"""The public surface, name by name, so that a review sees what changes of it: docs/public_api.pyi."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import griffe

from scripts.generate import generator

HEAD = """\
# What `import cognitora` promises: each public name, what it takes and gives. To be read, not imported.
# A class has its own members here, and those of its bases that have no entry. Written by `make generate`.
"""
KINDS = ("classmethod", "staticmethod")
PROTOCOLS = {
    f"__{name}__"
    for name in (
        *("init", "enter", "exit", "aenter", "aexit", "iter", "next", "aiter", "anext"),
        *("getitem", "contains", "len", "bool", "call", "await"),
    )
}


def write_surface(path: Path, facade: Path, fresh: dict[str, Path], package: Path) -> None:
    """Write the listing of the facade, with what is `fresh` (by its place in there) instead of the old."""
    whole = path.parent / "surface"
    shutil.copytree(facade, whole / "cognitora", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(package, whole / "cognitora_openapi")
    for place, new in fresh.items():
        old = whole / "cognitora" / place
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        (shutil.copytree if new.is_dir() else shutil.copy)(new, old)
    loaded = griffe.load(
        "cognitora",
        search_paths=[whole],
        try_relative_path=False,  # the folder of this name where the program runs
        resolve_aliases=True,
        resolve_external=True,
    )
    public = set(map(str, loaded.exports or []))
    lines = [HEAD]
    for name in sorted(public, key=str.lower):
        try:
            lines += _told(name, _target(loaded[name]), public)
        except griffe.AliasResolutionError:
            lines.append(f"# {name} isn't where scripts/generate/public.py says.")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    generator.tidy(path)


def _target(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _told(name: str, found: griffe.Object, public: set[str]) -> Iterator[str]:
    if isinstance(found, griffe.Class):
        bases = ", ".join(map(str, found.bases))
        yield f"class {name}({bases}):"
        members = sorted(_members(found, public), key=lambda each: each.name)
        for line in [line for member in members for line in _member(member)] or ["..."]:
            yield f"    {line}"
    else:
        yield from _member(found)


def _members(found: griffe.Class, public: set[str]) -> Iterator[griffe.Object]:
    """Its own, and those of its bases that have no entry."""
    told = {name for base in found.mro() if base.name in public for name in base.members}
    for name, member in found.all_members.items():
        shown = name in PROTOCOLS or not name.startswith("_")
        if shown and (name in found.members or name not in told):
            yield _target(member)


def _member(found: griffe.Object) -> Iterator[str]:
    if isinstance(found, griffe.Function):
        start = "async def" if "async" in found.labels else "def"
        for each in found.overloads or [found]:
            yield from (f"@{kind}" for kind in KINDS if kind in found.labels)
            yield f"{start} {each.signature()}: ..."
    elif isinstance(found, griffe.Attribute) and "property" in found.labels:
        yield from ("@property", f"def {found.name}() -> {found.annotation}: ...")
    elif isinstance(found, griffe.Attribute):
        yield f"{found.name}: {found.annotation}" if found.annotation else f"{found.name} = ..."
