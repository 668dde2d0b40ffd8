"""Changes to the text of a Python module, placed by its syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate.errors import GenerationError


class Edits:
    """Collects replacements in one module and writes them all at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = path.read_bytes()
        self.tree = ast.parse(self.source)
        self._line_starts = [0]
        for line in self.source.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))
        self._replacements: list[tuple[int, int, bytes]] = []

    def replace(self, node: ast.AST, text: str) -> None:
        """Put `text` where the node stands."""
        start, end = self._span(node)
        self._replacements.append((start, end, text.encode()))

    def insert_after(self, node: ast.AST, text: str) -> None:
        """Put `text` right behind the node."""
        _, end = self._span(node)
        self._replacements.append((end, end, text.encode()))

    def insert_before(self, node: ast.AST, text: str) -> None:
        """Put `text` right before the node."""
        start, _ = self._span(node)
        self._replacements.append((start, start, text.encode()))

    def replace_text(self, node: ast.AST, old: str, new: str) -> None:
        """Replace the first `old` within the node's own text."""
        start, end = self._span(node)
        place = self.source.find(old.encode(), start, end)
        if place < 0:
            raise self.error(f"there is no {old!r}")
        self._replacements.append((place, place + len(old.encode()), new.encode()))

    def remove(self, node: ast.stmt) -> None:
        """Take a statement out, its decorators with it."""
        decorators = getattr(node, "decorator_list", [])
        start, _ = self._span(decorators[0]) if decorators else self._span(node)
        _, end = self._span(node)
        if decorators:
            start = self.source.rindex(b"@", 0, start)
        self._replacements.append((start, end, b""))

    def write(self) -> None:
        """Apply everything to the file. Raises GenerationError if two changes overlap."""
        result, position = [], 0
        for start, end, text in sorted(self._replacements, key=lambda change: change[:2]):
            if start < position:
                raise self.error("two changes touch the same text")
            result += [self.source[position:start], text]
            position = end
        self.path.write_bytes(b"".join([*result, self.source[position:]]))

    def error(self, message: str) -> GenerationError:
        """An error about this module, to be raised."""
        return GenerationError(
            f"{self.path.name}: {message}: the generator's output has changed its shape"
        )

    def the_class(self, name: str) -> ast.ClassDef:
        """The class of this name at the top level."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return node
        raise self.error(f"there is no class {name}")

    def _span(self, node: ast.AST) -> tuple[int, int]:
        place = node if isinstance(node, ast.expr | ast.stmt | ast.keyword) else None
        if place is None or place.end_lineno is None or place.end_col_offset is None:
            raise self.error(f"{type(node).__name__} has no place in the text")
        return (
            self._line_starts[place.lineno - 1] + place.col_offset,
            self._line_starts[place.end_lineno - 1] + place.end_col_offset,
        )
