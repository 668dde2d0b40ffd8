"""The page of the examples: each of them whole, with what it says of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def page(folder: Path) -> str:
    """The Markdown of all examples of a folder."""
    return "\n".join(_lines(folder))


def _lines(folder: Path) -> Iterator[str]:
    yield "# Examples\n"
    yield "Whole programs, of `examples/` in the repository, each run by the tests. To run one:\n"
    yield "```bash\n.venv/bin/python examples/quickstart.py\n```\n"
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py":
            yield from _program(path)
        elif path.suffix == ".json":
            yield f"## {path.name}\n\n```json\n{path.read_text('utf-8').rstrip()}\n```\n"


def _program(path: Path) -> Iterator[str]:
    code = path.read_text("utf-8")
    parsed = ast.parse(code)
    told = ast.get_docstring(parsed)
    yield f"## {path.name}\n"
    if told is not None:
        yield f"{told}\n"
        end = parsed.body[0].end_lineno
        code = "".join(code.splitlines(keepends=True)[end:]).lstrip("\n")
    yield f"```python\n{code.rstrip()}\n```\n"
