"""Makes a package's `__init__` import what it offers when that is first asked for."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.errors import GenerationError

TEMPLATE = '''"""{docstring}"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers know the name; importing it from typing takes 8 ms
if TYPE_CHECKING:
{imports}
else:
    _MODULES = {modules!r}

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted([*globals(), *_MODULES])


__all__ = {names!r}
'''


def make_lazy(path: Path, docstring: str) -> None:
    """Rewrite an `__init__.py` that holds nothing but imports of names from its own modules.

    Raises:
        GenerationError: there is something else in it.
    """
    modules: dict[str, str] = {}
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            modules |= {name.name: f".{node.module}" for name in node.names if name.asname is None}
        elif not isinstance(node, ast.Expr | ast.Assign):
            raise GenerationError(
                f"{path.parent.name}/{path.name} does more than import: {ast.unparse(node)}"
            )
    if not modules:
        raise GenerationError(f"{path.parent.name}/{path.name} imports nothing")
    imports = "\n".join(f"    from {module} import {name}" for name, module in modules.items())
    names = tuple(sorted(modules))
    path.write_text(
        TEMPLATE.format(docstring=docstring, imports=imports, modules=modules, names=names), "utf-8"
    )
