"""Makes reading an answer cheap: the generator wraps every field in a function that mostly does nothing.

It tries one member of a union after the other, and what none takes is kept as it came. Where all members
keep what came, so does the whole, and the function goes. Where the only one that doesn't is a date-time,
one shared function takes its place. Others, which read lists or models, stay. And the object gets its
fields one by one: attrs' `__init__` with a dozen keywords costs as much as all the rest.
"""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.edits import Edits

MOMENT = "datetime.datetime.fromisoformat(data)"


def make_cheap(models: Path) -> None:
    """Change `from_dict` of every answer's model in a folder."""
    for path in sorted(models.glob("*.py")):
        edits = Edits(path)
        classes = [node for node in edits.tree.body if isinstance(node, ast.ClassDef)]
        for model in classes:
            if "ResponseModel" in [ast.unparse(base) for base in model.bases]:
                _simplify(edits, model)
        edits.write()


def _simplify(edits: Edits, model: ast.ClassDef) -> None:
    (method,) = [
        node
        for node in model.body
        if isinstance(node, ast.FunctionDef) and node.name == "from_dict"
    ]
    readers = {node.name: node for node in method.body if isinstance(node, ast.FunctionDef)}
    calls = {
        node.func.id: node
        for node in ast.walk(method)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in readers
    }
    moments = False
    for name, reader in readers.items():
        made = _made(reader)
        if made - {MOMENT}:
            continue
        value = ast.unparse(calls[name].args[0])
        edits.replace(calls[name], f"moment({value})" if made else value)
        edits.remove(reader)
        moments = moments or bool(made)
    _fill(edits, method)
    if moments:
        imports = next(
            node
            for node in edits.tree.body
            if isinstance(node, ast.ImportFrom) and node.module == "response_model"
        )
        edits.replace_text(imports, "ResponseModel", "ResponseModel, moment")


def _fill(edits: Edits, method: ast.FunctionDef) -> None:
    for node in method.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=made)],
                value=ast.Call(func=ast.Name("cls"), args=[], keywords=fields),
            ):
                lines = [f"{made} = cls.__new__(cls)"]
                lines += [f"{made}.{field.arg} = {ast.unparse(field.value)}" for field in fields]
                edits.replace(node, "\n        ".join(lines))
                return
    raise edits.error("from_dict doesn't make its object in one statement")


def _made(reader: ast.FunctionDef) -> set[str]:
    """What a reader returns, in its own words, other than what it was given."""
    made: dict[str, ast.expr] = {"data": ast.Name("data")}
    returned: set[str] = set()
    for node in ast.walk(reader):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            made[ast.unparse(node.targets[0])] = node.value
    for node in ast.walk(reader):
        if isinstance(node, ast.Return) and node.value is not None:
            value = made.get(ast.unparse(node.value), node.value)
            if not _is_given(value):
                returned.add(ast.unparse(value))
        elif isinstance(node, ast.For | ast.While):
            returned.add(ast.unparse(node))
    return returned


def _is_given(value: ast.expr) -> bool:
    """Whether it is `data` itself: by name, cast, or checked to be one of an enumeration."""
    match value:
        case ast.Name("data"):
            return True
        case ast.Call(func=ast.Name("cast"), args=[_, ast.Name("data")]):
            return True
        case ast.Call(func=ast.Name(id=name), args=[ast.Name("data")]):
            return name.startswith("check_")
    return False
