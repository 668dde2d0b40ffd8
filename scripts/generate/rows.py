"""Makes the lists of answers bear what servers send: null for none, and a row that can't be read."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.edits import Edits


def make_lenient(models: Path) -> None:
    """Change how `from_dict` of each answer's model in a folder reads its lists of models."""
    for path in sorted(models.glob("*.py")):
        edits = Edits(path)
        changed = False
        for node in ast.walk(edits.tree):
            for block in _blocks(node):
                changed = _shorten(edits, block) or changed
        if changed and "from ..response_model import" in path.read_text("utf-8"):
            imports = next(
                node
                for node in edits.tree.body
                if isinstance(node, ast.ImportFrom) and node.module == "response_model"
            )
            edits.replace_text(imports, "present", "present, rows")
            edits.write()


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    return [
        block
        for block in (getattr(node, "body", None), getattr(node, "orelse", None))
        if isinstance(block, list)
    ]


def _shorten(edits: Edits, block: list[ast.stmt]) -> bool:
    """Put a call of `rows` in the place of the three statements that read a list."""
    for empty, source, loop in zip(block, block[1:], block[2:], strict=False):
        match empty, source, loop:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])),
                ast.Assign(targets=[ast.Name(id=given)], value=taken),
                ast.For(
                    iter=ast.Name(id=iterated),
                    body=[
                        ast.Assign(value=ast.Call(func=ast.Attribute(attr="from_dict") as read)),
                        ast.Expr(),
                    ],
                ),
            ) if given == iterated:
                edits.remove(empty)
                edits.remove(source)
                call = f"rows({ast.unparse(taken)}, {ast.unparse(read)})"
                edits.replace(loop, f"{name} = {call}")
                return True
    return False
