"""Turns the generated models of answers into `ResponseModel`s.

What is expected of the generator's output is looked for, and its absence is an error: nothing is
changed by halves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openapi_python_client.strings import ClassName, PythonIdentifier, snake_case

from scripts.generate.annotations import annotation, is_free_form
from scripts.generate.contract import Contract, Field
from scripts.generate.edits import Edits
from scripts.generate.errors import GenerationError

# The generator's access to unknown fields, which ResponseModel replaces.
REPLACED = {"additional_keys", "__getitem__", "__setitem__", "__delitem__", "__contains__"}


def make_answers(contract: Contract, package: Path) -> None:
    """Rewrite the module of every answer's model in a generated package."""
    for name in contract.answer_models:
        class_name = str(ClassName(name, ""))
        path = package / "models" / f"{snake_case(class_name)}.py"
        if not path.is_file():
            raise GenerationError(
                f"{name} is part of an answer, and the generator made no {path.name}"
            )
        fields = [_AnswerField(contract, field) for field in contract.fields(name)]
        _make_answer(Edits(path), class_name, fields)


class _AnswerField:
    """How one field is called in the contract, in the generated code, and in ours."""

    def __init__(self, contract: Contract, field: Field) -> None:
        self.wire = field.name
        self.optional = not field.required
        self.aliases = field.aliases
        self.generated = str(PythonIdentifier(field.name, "field_"))
        # `type`, not `type_`: the attribute of an object can't hide a builtin.
        self.name = field.name if self.generated == f"{field.name}_" else self.generated
        self.annotation = (
            annotation(contract, field.schema) if is_free_form(contract, field.schema) else None
        )


@dataclass
class _Parts:
    """The places in a model that are changed."""

    decorator: ast.expr
    declarations: dict[str, ast.AnnAssign]
    methods: dict[str, ast.FunctionDef]


def _make_answer(edits: Edits, class_name: str, fields: list[_AnswerField]) -> None:
    model = edits.the_class(class_name)
    parts = _parts(edits, model)
    edits.replace(parts.decorator, "_attrs_define(kw_only=True, repr=False)")
    _add_base(edits, model)
    _declare(edits, parts, fields)
    for name in REPLACED:
        edits.remove(parts.methods[name])
    _read_absent_as_none(edits, parts.methods["from_dict"], fields)
    _leave_out_none(edits, parts.methods["to_dict"])
    _rename(edits, [parts.methods["from_dict"], parts.methods["to_dict"]], fields)
    edits.write()


def _parts(edits: Edits, model: ast.ClassDef) -> _Parts:
    if [ast.unparse(node) for node in model.decorator_list] != ["_attrs_define"] or model.bases:
        raise edits.error(f"{model.name} is not a plain attrs class")
    declarations: dict[str, ast.AnnAssign] = {}
    methods: dict[str, ast.FunctionDef] = {}
    for node in model.body:
        if isinstance(node, ast.AnnAssign):
            declarations[ast.unparse(node.target)] = node
        elif isinstance(node, ast.FunctionDef):
            methods[node.name] = node
    expected = {"from_dict", "to_dict", *REPLACED}
    if set(methods) != expected:
        raise edits.error(
            f"{model.name} has the methods {sorted(methods)}, and not {sorted(expected)}"
        )
    return _Parts(model.decorator_list[0], declarations, methods)


def _add_base(edits: Edits, model: ast.ClassDef) -> None:
    imports = [node for node in edits.tree.body if isinstance(node, ast.ImportFrom)]
    attrs = [node for node in imports if node.module == "attrs"]
    if not attrs:
        raise edits.error("nothing is imported from attrs")
    edits.insert_before(attrs[0], "from typing import ClassVar\n")
    edits.insert_after(attrs[-1], "\nfrom ..response_model import ResponseModel, present\n")
    edits.replace_text(model, f"class {model.name}:", f"class {model.name}(ResponseModel):")


def _declare(edits: Edits, parts: _Parts, fields: list[_AnswerField]) -> None:
    expected = {field.generated for field in fields} | {"additional_properties"}
    if set(parts.declarations) != expected:
        raise edits.error(
            f"the fields are {sorted(parts.declarations)}, and not {sorted(expected)}"
        )
    for field in fields:
        node = parts.declarations[field.generated]
        kind = field.annotation or ast.unparse(node.annotation)
        if field.annotation and field.optional and "None" not in kind.split(" | "):
            kind = f"{kind} | None"
        default = " = None" if field.optional else ""
        edits.replace(node, f"{field.name}: {kind}{default}")
    names = {field.wire: field.name for field in fields}
    aliases = {alias: field.wire for field in fields for alias in field.aliases}
    constants = f"\n\n    _fields: ClassVar[dict[str, str]] = {names!r}\n"
    if aliases:
        constants += f"    _aliases: ClassVar[dict[str, str]] = {aliases!r}\n"
    edits.insert_after(parts.declarations["additional_properties"], constants)


def _read_absent_as_none(edits: Edits, method: ast.FunctionDef, fields: list[_AnswerField]) -> None:
    copies = [node for node in _calls(method) if ast.unparse(node) == "dict(src_dict)"]
    reads = {
        node.args[0].value: node
        for node in _calls(method)
        if ast.unparse(node.func) == "d.pop" and isinstance(node.args[0], ast.Constant)
    }
    if len(copies) != 1 or set(reads) != {field.wire for field in fields}:
        raise edits.error("from_dict doesn't read each field once")
    if any(field.aliases for field in fields):
        edits.replace(copies[0], "cls._read(src_dict)")
    for field in fields:
        if len(reads[field.wire].args) != 1:
            raise edits.error(f"from_dict reads {field.wire} with a default")
        if field.optional:
            edits.insert_after(reads[field.wire].args[0], ", None")


def _leave_out_none(edits: Edits, method: ast.FunctionDef) -> None:
    updates = [node for node in _calls(method) if ast.unparse(node.func) == "field_dict.update"]
    literals = [node.args[0] for node in updates if isinstance(node.args[0], ast.Dict)]
    if len(literals) != 1:
        raise edits.error("to_dict doesn't add the fields in one place")
    edits.insert_before(literals[0], "present(")
    edits.insert_after(literals[0], ")")


def _rename(edits: Edits, methods: list[ast.FunctionDef], fields: list[_AnswerField]) -> None:
    for field in fields:
        if field.name == field.generated:
            continue
        found = 0
        for node in (node for method in methods for node in ast.walk(method)):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == f"self.{field.generated}":
                edits.replace(node, f"self.{field.name}")
                found += 1
            elif isinstance(node, ast.keyword) and node.arg == field.generated:
                edits.replace(node, f"{field.name}={ast.unparse(node.value)}")
                found += 1
        if found < 2:
            raise edits.error(f"{field.generated} is not both read and written")


def _calls(method: ast.FunctionDef) -> Iterator[ast.Call]:
    return (node for node in ast.walk(method) if isinstance(node, ast.Call))
