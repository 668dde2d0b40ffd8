"""The imports that the driver must know of, when and if the user's code comes to them."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

BACKEND = "module://python_driver.figures"

sources: dict[str, Any] = {}
"""The code that was run, in the form of linecache's entries, for tracebacks and inspect."""


class Watch:
    """A finder that finds nothing itself, but prepares a few modules.

    Importing them at the start instead would cost more than the start itself.
    """

    def __init__(self, packages: str) -> None:
        """`packages` is the folder for packages that the session installs.

        That such a folder is missing is something Python remembers, and must forget.
        """
        self._packages = packages

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        if sys.path_importer_cache.get(self._packages, self) is None:
            del sys.path_importer_cache[self._packages]
        if name == "matplotlib.pyplot":
            _choose_backend()
        elif name == "linecache":
            return self._find(_share_sources, name, path, target)
        elif name == "inspect":
            return self._find(_locate_classes, name, path, target)
        return None

    def _find(self, prepare: Callable[[Any], None], *arguments: Any) -> Any:
        """The module's spec, by which it is prepared when it has been loaded."""
        specs = (finder.find_spec(*arguments) for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, specs), None)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            prepare(module)

        setattr(spec.loader, "exec_module", exec_module)  # noqa: B010  # of this one loader
        return spec


def _choose_backend() -> None:
    """Our backend in place of Agg, which MPLBACKEND names because child processes see it too."""
    parameters = sys.modules["matplotlib"].rcParams
    if str(parameters["backend"]).lower() == "agg":
        parameters["backend"] = BACKEND


def _share_sources(linecache: Any) -> None:
    linecache.cache = sources


def _locate_classes(inspect: Any) -> None:
    """Let inspect find the source of a class, which it looks for in `__main__.__file__`."""
    getfile = inspect.getfile

    def getfile_of_any(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__ == "__main__":
            head = ["class", thing.__name__]
            for name, (_, _, lines, _) in reversed(sources.items()):
                if any(line.replace("(", ":").split(":")[0].split() == head for line in lines):
                    return name
        return str(getfile(thing))

    inspect.getfile = getfile_of_any
