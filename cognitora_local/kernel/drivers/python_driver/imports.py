"""Two imports that the driver must know of, when and if the user's code comes to them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

BACKEND = "module://python_driver.figures"

sources: dict[str, Any] = {}
"""The code that was run, in the form of linecache's entries, for tracebacks and inspect."""


class Watch:
    """A finder that finds nothing itself; it prepares the two modules."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        if name == "matplotlib.pyplot":
            choose_backend()
        elif name == "linecache":
            return _with_sources(self, name, path, target)
        return None


def choose_backend() -> None:
    """Our backend in place of Agg, which MPLBACKEND names because child processes see it too."""
    parameters = sys.modules["matplotlib"].rcParams
    if str(parameters["backend"]).lower() == "agg":
        parameters["backend"] = BACKEND


def _with_sources(watch: Watch, *arguments: Any) -> Any:
    """The spec of linecache, whose cache will be `sources`.

    Importing it at once costs 6 ms, half of what a start may cost.
    """
    specs = (finder.find_spec(*arguments) for finder in sys.meta_path if finder is not watch)
    spec = next(filter(None, specs), None)
    if spec is not None and spec.loader is not None:
        load = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            module.cache = sources

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of this one loader
    return spec
