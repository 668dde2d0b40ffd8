"""Gives the models of requests a repr that is short and shows neither files nor variables."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.edits import Edits


def make_discreet(models: Path) -> None:
    """Change each model in a folder that is no `ResponseModel`, which has a repr of its own."""
    for path in sorted(models.glob("*.py")):
        edits = Edits(path)
        for model in edits.tree.body:
            if isinstance(model, ast.ClassDef) and not model.bases:
                _make_discreet(edits, model)
        edits.write()


def _make_discreet(edits: Edits, model: ast.ClassDef) -> None:
    if [ast.unparse(node) for node in model.decorator_list] != ["_attrs_define"]:
        raise edits.error(f"{model.name} is not a plain attrs class")
    edits.replace(model.decorator_list[0], "_attrs_define(repr=False)")
    edits.replace_text(model, f"class {model.name}:", f"class {model.name}(Discreet):")
    imports = next(node for node in edits.tree.body if ast.unparse(node).startswith("from attrs"))
    edits.insert_after(imports, "\nfrom ..shown import Discreet\n")
