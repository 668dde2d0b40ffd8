"""Notebooks that are executed by real kernels, and what becomes of them in a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat

_CELL_SECONDS = 120
# What a page would get from elsewhere: none of it is needed to show outputs.
_FROM_ELSEWHERE = ("require_js_url", "mathjax_url", "jquery_url", "mermaid_js_url")


@dataclass(frozen=True)
class Executed:
    """A notebook that was executed."""

    notebook: Any

    def outputs(self, cell: int) -> list[Any]:
        """What a cell has put out."""
        return list(self.notebook.cells[cell].outputs)

    def text(self, cell: int) -> str:
        """All the text of a cell's outputs."""
        parts = []
        for output in self.outputs(cell):
            data = output.get("data", {})
            error = "\n".join(output.get("traceback", ()))
            parts.append(output.get("text") or data.get("text/plain") or error)
        return "".join(parts)

    def data(self, cell: int) -> list[dict[str, Any]]:
        """The bundles of a cell, in order."""
        return [dict(output.data) for output in self.outputs(cell) if "data" in output]

    def error(self, cell: int) -> str | None:
        """The error that a cell has ended with: its name and what it says."""
        for output in self.outputs(cell):
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue}"
        return None

    def page(self, path: Path) -> Path:
        """Writes it as a page."""
        exporter = import_module("nbconvert").HTMLExporter(**dict.fromkeys(_FROM_ELSEWHERE, ""))
        html, _ = exporter.from_notebook_node(self.notebook)
        path.write_text(html)
        return path


def client_of(cells: Sequence[str], folder: Path) -> Any:
    """What executes a notebook of these cells, those too that follow one that fails."""
    make = nbformat.v4
    code = [make.new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    notebook = make.new_notebook(cells=code)  # type: ignore[no-untyped-call]
    return import_module("nbclient").NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )


def execute(cells: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Executed:
    """Executes a notebook of these cells in a folder."""
    client = client_of(cells, folder)
    client.execute(env=environment)
    return Executed(client.nb)
