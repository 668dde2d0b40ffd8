"""What the contract may add in the middle of a request shifts nothing of what we pass."""

from __future__ import annotations

import ast
from pathlib import Path

import cognitora
import cognitora_local

PACKAGES = [Path(package.__path__[0]) for package in (cognitora, cognitora_local)]


def test_the_contracts_classes_are_made_by_keyword() -> None:
    by_place: list[str] = []
    calls = 0
    for file in (file for package in PACKAGES for file in package.rglob("*.py")):
        tree = ast.parse(file.read_text())
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "cognitora_openapi.models"
            for alias in node.names
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in imported
            ):
                calls += 1
                if node.args:
                    by_place.append(f"{file}:{node.lineno}: {node.func.id}")
    assert calls > 20
    assert by_place == []
