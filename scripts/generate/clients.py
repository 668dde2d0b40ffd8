"""Keeps secrets out of the generated client's repr, and makes its context managers pass type checking.

Its `with_…` methods make a client of their own, and leave the one that they were called on as it was.
All clients share the authorities that come with httpx.
"""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.edits import Edits

_IMPORTS = "from .secret import usable_token\nfrom .trust import verified"


def mend(client: Path) -> None:
    """Change both classes of the generated `client.py`."""
    edits = Edits(client)
    for name in ("Client", "AuthenticatedClient"):
        model = edits.the_class(name)
        fields = {
            ast.unparse(node.target): node for node in model.body if isinstance(node, ast.AnnAssign)
        }
        # The headers hold the token too, once a connection has been made.
        headers = fields.get("_headers")
        if headers is None or not isinstance(headers.value, ast.Call):
            raise edits.error(f"{name} keeps its headers elsewhere")
        edits.insert_before(headers.value.keywords[0], "repr=False, ")
        if name == "AuthenticatedClient":
            if "token" not in fields or fields["token"].value is not None:
                raise edits.error("the token is kept elsewhere")
            edits.insert_after(fields["token"], " = field(repr=False, converter=usable_token)")
            (attrs,) = (
                node
                for node in edits.tree.body
                if isinstance(node, ast.ImportFrom) and node.module == "attrs"
            )
            edits.insert_after(attrs, f"\n\n{_IMPORTS}")
        _type_exits(edits, model)
        _leave_the_original_alone(edits, model)
        _read_authorities_once(edits, model)
    edits.write()


def _read_authorities_once(edits: Edits, model: ast.ClassDef) -> None:
    handed = [
        node
        for node in ast.walk(model)
        if isinstance(node, ast.keyword)
        and node.arg == "verify"
        and ast.unparse(node.value) == "self._verify_ssl"
    ]
    if len(handed) != 2:
        raise edits.error(f"{model.name} verifies certificates otherwise")
    for keyword in handed:
        edits.replace(keyword.value, "verified(self._verify_ssl, self._httpx_args)")


def _leave_the_original_alone(edits: Edits, model: ast.ClassDef) -> None:
    methods = [
        node
        for node in model.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("with_")
    ]
    if len(methods) != 3:
        raise edits.error(f"{model.name} is varied otherwise")
    for method in methods:
        changes = [statement for statement in method.body if isinstance(statement, ast.If)]
        if len(changes) != 2 or any("self._" not in ast.unparse(change) for change in changes):
            raise edits.error(f"{model.name}.{method.name} changes the client otherwise")
        for change in changes:
            edits.remove(change)


def _type_exits(edits: Edits, model: ast.ClassDef) -> None:
    exits = [
        node
        for node in model.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name in ("__exit__", "__aexit__")
    ]
    if len(exits) != 2:
        raise edits.error(f"{model.name} is no context manager")
    for method in exits:
        variadic = method.args.vararg
        if variadic is None or variadic.annotation is None:
            raise edits.error(f"{method.name} names its arguments")
        edits.replace(variadic.annotation, "Any")
