"""The matplotlib backend: Agg, whose show() displays the open figures and closes them."""

from __future__ import annotations

import builtins
import io
import sys
from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .bundle import Bundle, encode
from .imports import BACKEND


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        show_open()


class FigureCanvas(FigureCanvasAgg):
    manager_class: Any = FigureManager


def show_open(*, but: object = None, blank: bool = True) -> None:
    """Display the figures that pyplot holds open, in the order they were made, and close them.

    One with nothing in it was left behind by plt.figure() before something that makes its own. It is
    shown where it is the only one, and `blank` says so.
    """
    figures = _close_all()
    drawn = [figure for figure in figures if len(figure.get_children()) > 1]  # one: the background
    for figure in drawn or (figures if blank else []):
        if figure is not but:
            builtins.display(figure)  # type: ignore[attr-defined]  # the driver's


def use_backend() -> None:
    """Choose this backend, whether pyplot is there yet or not."""
    import matplotlib

    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        matplotlib.rcParams["backend"] = BACKEND
    elif matplotlib.rcParams["backend"] != BACKEND:
        pyplot.switch_backend(BACKEND)


def close_open() -> None:
    _close_all()


def picture(figure: Any) -> Bundle:
    """The figure as a PNG, trimmed as notebooks do."""
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return {"text/plain": repr(figure), "image/png": encode("image/png", file.getvalue())}


def _close_all() -> list[Any]:
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is None:
        return []
    managers = helpers.Gcf.get_all_fig_managers()
    figures = [manager.canvas.figure for manager in managers]
    helpers.Gcf.destroy_all()
    return figures
