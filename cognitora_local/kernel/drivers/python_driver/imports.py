"""The imports that the driver must know of, when and if the user's code comes to them."""

from __future__ import annotations

import os
import sys

from . import environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

DRIVER = __file__.rpartition("/python_driver/")[0]

GAP = "…"
"""The file of an entry of a traceback that stands for many."""

BACKEND = "module://python_driver.figures"

UNBUFFERED = 2  # _IONBF

sources: dict[str, Any] = {}
"""The code that was run, in the form of linecache's entries, for tracebacks and inspect."""


class Watch:
    """A finder that finds nothing itself, but prepares a few modules.

    Importing them at the start instead would cost more than the start itself.
    """

    def __init__(self, preparations: dict[str, Callable[[Any], None]]) -> None:
        self._preparations = PREPARATIONS | preparations
        for name in self._preparations.keys() & sys.modules.keys():  # by .pth files
            self._preparations[name](sys.modules[name])
        _watch_extensions()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        if path is None:
            environment.adopt()  # what an earlier line of the code may have installed
        if name == "matplotlib.pyplot":
            _choose_backend()
        prepare = self._preparations.get(name)
        return prepare and self._find(prepare, name, path, target)

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


class SecondLook:
    """The last finder: where nothing was found it looks again, at what folders hold now.

    Python remembers that, and forgets it by times that are too coarse: what was made just now, by
    this code, an upload or another program, is missing in it. A folder that wasn't there is missing
    for good. What can't be written can't have changed.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> Any:
        for folder, finder in list(sys.path_importer_cache.items()):
            if finder is None:
                del sys.path_importer_cache[folder]
            elif os.access(folder, os.W_OK):
                getattr(finder, "invalidate_caches", bool)()
        search: Any = sys.modules["_frozen_importlib_external"]  # importlib.machinery takes longer
        return search.PathFinder.find_spec(name, path, target)


def _choose_backend() -> None:
    """Our backend in place of Agg, which MPLBACKEND names because child processes see it too."""
    parameters = sys.modules["matplotlib"].rcParams
    if str(parameters["backend"]).lower() == "agg":
        parameters["backend"] = BACKEND


def _share_sources(linecache: Any) -> None:
    linecache.cache = sources


def _hide_driver(traceback: Any) -> None:
    """Leave the driver, and what of IPython lies between it and the code, out of tracebacks."""
    format_frame = traceback.StackSummary.format_frame_summary

    def format_frame_summary(self: Any, frame: Any, **options: Any) -> str | None:
        name = frame.filename
        if name == GAP:
            return f"  {GAP} {frame.name} {GAP}\n"
        if name.startswith(DRIVER) or "/IPython/core/" in name:
            return None
        text: str = format_frame(self, frame, **options)
        return text

    traceback.StackSummary.format_frame_summary = format_frame_summary


def _watch_extensions() -> None:
    """Prepare for extensions that aren't Python's own: they may print by way of C's library."""
    search: Any = sys.modules["_frozen_importlib_external"]
    create = search.ExtensionFileLoader.create_module

    def create_module(self: Any, spec: Any) -> Any:
        if "/lib-dynload/" not in self.path:
            import ctypes  # noqa: F401  # see _unbuffer
        return create(self, spec)

    search.ExtensionFileLoader.create_module = create_module


def _unbuffer(ctypes: Any) -> None:
    """C's own stdout, where text would wait behind what Python prints, and be lost with the process."""
    library = ctypes.CDLL(None)
    stdout = ctypes.c_void_p.in_dll(library, "stdout")
    library.setvbuf(stdout, None, UNBUFFERED, ctypes.c_size_t(0))


def _locate_classes(inspect: Any) -> None:
    """Let inspect find the source of a class, which it looks for in `__main__.__file__`."""
    import re

    getfile = inspect.getfile

    def getfile_of_any(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__ == "__main__":
            head = re.compile(rf"\s*class\s+{re.escape(thing.__name__)}\b")
            for name, (_, _, lines, _) in reversed(sources.items()):
                if any(map(head.match, lines)):
                    return name
        return str(getfile(thing))

    inspect.getfile = getfile_of_any


def _by(module: str, function: str) -> Callable[[Any], None]:
    """A function of a module of ours, imported when it is needed."""

    def prepare(prepared: Any) -> None:
        ours = __import__(f"{__package__}.{module}", fromlist=[function])
        getattr(ours, function)(prepared)

    return prepare


PREPARATIONS: dict[str, Callable[[Any], None]] = {
    "linecache": _share_sources,
    "inspect": _locate_classes,
    "traceback": _hide_driver,
    "ctypes": _unbuffer,
    "bdb": _by("asking", "prepare_bdb"),
    "getpass": _by("asking", "prepare_getpass"),
    "multiprocessing.spawn": _by("spawning", "prepare"),
    "webbrowser": _by("showing", "prepare_browser"),
    "PIL.ImageShow": _by("showing", "prepare_pillow"),
    "plotly.io._renderers": _by("showing", "prepare_plotly"),
}
