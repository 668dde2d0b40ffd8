"""Derives `cognitora/_sync/` from `cognitora/_async/`.

`async` and `await` go; `AsyncBaseClient` becomes `BaseClient`, `async_sleep` becomes `sleep`, and the types
`Awaitable[T]` and `Coroutine[Any, Any, T]` become `T`; names that follow no such rule stand in the table.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import unasync

from scripts.generate.edits import Edits
from scripts.generate.errors import GenerationError
from scripts.generate.generator import tidy

NAMES = {
    "CognitoraAsync": "Cognitora",
    "_async": "_sync",
    "aclose": "close",
    "tasks": "threads",
    # httpx's and the generated client's
    "aread": "read",
    "handle_async_request": "handle_request",
    "set_async_httpx_client": "set_httpx_client",
}
PREFIX = re.compile(r"(_*)(?:Async(?=[A-Z])|async_(?=[a-z]))(\w+)")
AWAITABLE = ("Awaitable", "Coroutine")
HEADER = "# Derived from ../{folder}/{path} by `make generate`: change that, not this.\n"


def derive(source: Path, target: Path) -> None:
    """Write the sync twin of each module under `source` into `target`, which must not exist.

    Raises:
        GenerationError: there is nothing to derive from, or something that can't be derived.
    """
    modules = sorted(source.rglob("*.py"))
    if not modules:
        raise GenerationError(f"there is no module in {source}")
    names: dict[str, str] = {}
    for module in modules:
        names |= _renamed(module)
    for module in modules:
        _check_f_strings(module, names)
    rule = unasync.Rule(f"{source}/", f"{target}/", additional_replacements=names)
    unasync.unasync_files([str(module) for module in modules], [rule])
    for module in modules:
        path = module.relative_to(source)
        derived = target / path
        header = HEADER.format(folder=source.name, path=path.as_posix())
        derived.write_text(header + derived.read_text("utf-8"), "utf-8")
        _unwrap_types(derived)
        _check_is_sync(derived)
    tidy(target)


def new_name(name: str) -> str:
    """What a name is on the sync side."""
    if name in NAMES:
        return NAMES[name]
    match = PREFIX.fullmatch(name)
    return match[1] + match[2] if match else name


def _renamed(module: Path) -> dict[str, str]:
    """The names and one-word strings of a module that are called otherwise on the sync side."""
    _parse(module)
    lines = io.StringIO(module.read_text("utf-8"))
    tokens = (
        token.string.strip("\"'")
        for token in tokenize.generate_tokens(lines.readline)
        if token.type in (tokenize.NAME, tokenize.STRING)
    )
    return {name: new_name(name) for name in tokens if new_name(name) != name}


def _unwrap_types(module: Path) -> None:
    """What can be awaited on the async side is there at once on the sync side."""
    edits = Edits(module)
    for node in ast.walk(edits.tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in AWAITABLE:
            last = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
            edits.replace(node, ast.unparse(last))
    edits.write()


def _check_f_strings(module: Path, names: dict[str, str]) -> None:
    """Refuse f-strings that hold what is renamed.

    Python 3.11 sees an f-string as one token and 3.12 looks into it: the derived code would differ.
    """
    for string in ast.walk(_parse(module)):
        if not isinstance(string, ast.JoinedStr):
            continue
        for part in ast.walk(string):
            if isinstance(part, ast.Await) or names.keys() & set(_names(part)):
                raise GenerationError(
                    f"{module.name}:{string.lineno}: an f-string holds what is renamed: "
                    "give it a name of its own before the string"
                )


def _check_is_sync(module: Path) -> None:
    for node in ast.walk(_parse(module)):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.AsyncFunctionDef):
            raise GenerationError(
                f"{module.name}:{node.lineno}: is still async after the derivation"
            )


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
