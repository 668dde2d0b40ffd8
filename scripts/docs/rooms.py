"""Draws a graph of Mermaid's as SVG, when the site is built: Mermaid itself would be fetched from elsewhere.

Rows from above to below: each node stands below all that lead to it. A package is a column, and what is in
none stands below them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from html import escape
from itertools import pairwise

_BLOCK = re.compile(r"^```mermaid\n(.*?)^```\n", re.M | re.S)
_ROW, _HEIGHT, _GAP, _MARGIN, _LETTER = 62, 30, 22, 24, 8.5
_SWEEPS = 12

Node = str
Arrow = tuple[Node, Node]


@dataclass
class _Graph:
    arrows: list[Arrow] = field(default_factory=list)
    package: dict[Node, str] = field(default_factory=dict)


def drawn(text: str) -> str:
    """The page with each of its graphs as a picture."""
    return _BLOCK.sub(lambda found: _svg(_read(found[1])), text)


def _read(mermaid: str) -> _Graph:
    graph, package = _Graph(), ""
    for line in map(str.strip, mermaid.splitlines()):
        if found := re.fullmatch(r"subgraph \S+ \[(\S+)\]", line):
            package = found[1]
        elif line == "end":
            package = ""
        elif found := re.fullmatch(r"(\S+) --> (\S+)", line):
            graph.arrows.append((found[1], found[2]))
            for node in found.groups():
                graph.package.setdefault(node, package)
    # What all packages lead to is in none.
    for node in set(graph.package) - {one for one, _ in graph.arrows}:
        if len({graph.package[one] for one, other in graph.arrows if other == node}) > 1:
            graph.package[node] = ""
    return graph


def _ranks(graph: _Graph) -> dict[Node, int]:
    ranks = dict.fromkeys(graph.package, 0)
    for _ in ranks:
        for one, other in graph.arrows:
            ranks[other] = max(ranks[other], ranks[one] + 1)
    last = max(rank for node, rank in ranks.items() if graph.package[node])
    return {
        node: rank if graph.package[node] else max(rank, last + 1) for node, rank in ranks.items()
    }


def _rows(
    graph: _Graph, ranks: dict[Node, int]
) -> tuple[list[list[Node]], dict[Arrow, list[Node]]]:
    """The nodes of each row in their order, with a place for each arrow that passes by; each arrow's way."""
    rows: list[list[Node]] = [[] for _ in range(max(ranks.values()) + 1)]
    for node, rank in ranks.items():
        rows[rank].append(node)
    ways: dict[Arrow, list[Node]] = {}
    for one, other in graph.arrows:
        passed = {rank: f" {one} {other} {rank}" for rank in range(ranks[one] + 1, ranks[other])}
        for rank, place in passed.items():
            rows[rank].append(place)
            graph.package[place] = graph.package[one]
        ways[one, other] = [one, *passed.values(), other]
    steps = [step for way in ways.values() for step in pairwise(way)]
    near: dict[Node, set[Node]] = {node: set() for row in rows for node in row}
    for one, other in steps:
        near[one].add(other)
        near[other].add(one)
    for _ in range(_SWEEPS):
        for fixed, row in [*pairwise(rows), *pairwise(rows[::-1])]:
            row.sort(key=partial(_middle, near=near, fixed=fixed))
    return rows, ways


def _middle(node: Node, near: dict[Node, set[Node]], fixed: list[Node]) -> float:
    """Where the neighbours of a node stand in another row, on average, from 0 to 1."""
    at = [place / max(1, len(fixed) - 1) for place, each in enumerate(fixed) if each in near[node]]
    return sum(at) / len(at) if at else 0.5


def _width(node: Node) -> float:
    return 10 if node.startswith(" ") else len(node) * _LETTER + 24


def _svg(graph: _Graph) -> str:
    ranks = _ranks(graph)
    rows, ways = _rows(graph, ranks)
    packages = [name for name in dict.fromkeys(graph.package.values()) if name]
    column = {
        name: max(sum(_width(n) + _GAP for n in row if graph.package[n] == name) for row in rows)
        for name in packages
    }
    total = sum(column.values()) + _MARGIN * (2 * len(packages) + len(packages) - 1)
    middle: dict[Node, tuple[float, float]] = {}
    for rank, row in enumerate(rows):
        left = 0.0
        for name in [*packages, ""]:
            among = [node for node in row if graph.package[node] == name]
            room = column.get(name, 0) + 2 * _MARGIN if name else total
            x = (left if name else 0.0) + (room - sum(_width(n) + _GAP for n in among)) / 2
            for node in among:
                middle[node] = (
                    x + (_width(node) + _GAP) / 2,
                    _MARGIN * 2 + rank * _ROW + _HEIGHT / 2,
                )
                x += _width(node) + _GAP
            left += room + _MARGIN
    height = _MARGIN * 3 + len(rows) * _ROW - (_ROW - _HEIGHT)
    parts = [
        _frame(name, graph, middle, left, column[name] + 2 * _MARGIN)
        for name, left in _lefts(packages, column)
    ]
    parts += [_line([middle[node] for node in way]) for way in ways.values()]
    parts += [_box(node, *middle[node]) for node in ranks]
    told = "; ".join(f"{one} imports {other}" for one, other in graph.arrows)
    return (
        f'<figure class="rooms" role="img" aria-label="{escape(told)}" tabindex="0">'
        f'<svg viewBox="0 0 {total:.0f} {height:.0f}" style="width: {total:.0f}px" aria-hidden="true">'
        '<defs><marker id="rooms-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(parts)}</svg></figure>\n"
    )


def _lefts(packages: list[str], column: dict[str, float]) -> list[tuple[str, float]]:
    found, left = [], 0.0
    for name in packages:
        found.append((name, left))
        left += column[name] + 3 * _MARGIN
    return found


def _frame(
    name: str, graph: _Graph, middle: dict[Node, tuple[float, float]], left: float, width: float
) -> str:
    lowest = max(
        y for node, (_, y) in middle.items() if graph.package[node] == name and node[0] != " "
    )
    return (
        f'<rect class="package" x="{left:.0f}" y="1" width="{width:.0f}" '
        f'height="{lowest + _HEIGHT:.0f}" rx="8"/>'
        f'<text class="package" x="{left + 12:.0f}" y="24">{escape(name)}</text>'
    )


def _box(node: Node, x: float, y: float) -> str:
    width = _width(node)
    return (
        f'<rect x="{x - width / 2:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{width:.0f}" '
        f'height="{_HEIGHT}" rx="5"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{escape(node)}</text>'
    )


def _line(way: list[tuple[float, float]]) -> str:
    (x, y), *others = way
    path = f"M{x:.0f} {y + _HEIGHT / 2:.0f}"
    for at, (to_x, to_y) in enumerate(others, 1):
        begins = y + (_HEIGHT / 2)
        ends = to_y - _HEIGHT / 2
        bend = (begins + ends) / 2
        path += f"C{x:.0f} {bend:.0f} {to_x:.0f} {bend:.0f} {to_x:.0f} {ends:.0f}"
        if at < len(others):
            path += f"V{to_y + _HEIGHT / 2:.0f}"
        x, y = to_x, to_y
    return f'<path class="arrow" d="{path}" marker-end="url(#rooms-arrow)"/>'
