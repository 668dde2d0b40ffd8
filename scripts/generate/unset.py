"""Makes UNSET stay itself through pickle, copy and deepcopy."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.edits import Edits

METHODS = '''

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        # The name of the one instance: `is UNSET` holds in every copy and on the other side of a pickle.
        return "UNSET"'''


def make_singleton(types: Path) -> None:
    """Add to the class Unset in the generated `types.py` what it lacks."""
    edits = Edits(types)
    unset = edits.the_class("Unset")
    methods = [node.name for node in unset.body if isinstance(node, ast.FunctionDef)]
    if methods != ["__bool__"]:
        raise edits.error(f"Unset has the methods {methods}")
    if "UNSET: Unset = Unset()" not in [ast.unparse(node) for node in edits.tree.body]:
        raise edits.error("UNSET is not where it was")
    edits.insert_after(unset.body[-1], METHODS)
    edits.write()
