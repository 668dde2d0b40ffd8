"""Derives `cognitora/_sync/` from `cognitora/_async/`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import unasync

from scripts.generate.errors import GenerationError
from scripts.generate.generator import ROOT, ruff

# What is called otherwise on the sync side. Names that start with `Async` and are not here lose it for `Sync`.
NAMES = {
    "CognitoraAsync": "Cognitora",
    "aclose": "close",
    "_async": "_sync",
}
HEADER = "# Derived from ../{folder}/{path} by `make generate`: change that, not this.\n"


def derive(source: Path, target: Path) -> None:
    """Write the sync twin of each module under `source` into `target`, which must not exist.

    Raises:
        GenerationError: there is nothing to derive from, or something that can't be derived.
    """
    modules = sorted(source.rglob("*.py"))
    if not modules:
        raise GenerationError(f"there is no module in {source}")
    for module in modules:
        check_f_strings(module)
    rule = unasync.Rule(f"{source}/", f"{target}/", additional_replacements=NAMES)
    unasync.unasync_files([str(module) for module in modules], [rule])
    for module in modules:
        path = module.relative_to(source)
        derived = target / path
        header = HEADER.format(folder=source.name, path=path.as_posix())
        derived.write_text(header + derived.read_text("utf-8"), "utf-8")
        _check_is_sync(derived)
    options = ["--config", str(ROOT / "pyproject.toml"), "--no-respect-gitignore", "--no-cache", "--quiet", str(target)]
    ruff(["check", "--fix-only", "--select", "I,F401", *options])
    ruff(["format", *options])


def check_f_strings(module: Path) -> None:
    """Raise GenerationError if an f-string holds what would be renamed.

    Python 3.11 sees an f-string as one token and 3.12 looks into it, so the derived code would differ.
    """
    for node in ast.walk(_parse(module)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Await) or NAMES.keys() & set(_names(part)):
                raise GenerationError(
                    f"{module.name}:{part.lineno}: an f-string holds what is renamed: "  # type: ignore[attr-defined]
                    "give it a name of its own before the string"
                )


def _check_is_sync(module: Path) -> None:
    for node in ast.walk(_parse(module)):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.AsyncFunctionDef):
            raise GenerationError(f"{module.name}:{node.lineno}: is still async after the derivation")


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def _parse(module: Path) -> ast.Module:
    try:
        return ast.parse(module.read_bytes())
    except SyntaxError as error:
        raise GenerationError(f"{module}:{error.lineno}: {error.msg}") from error
