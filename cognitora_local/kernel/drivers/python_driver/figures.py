"""The matplotlib backend: Agg, whose show() displays the open figures and closes them."""

from __future__ import annotations

import builtins
import io
import sys
from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .display import Bundle, encode


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        show_open()


class FigureCanvas(FigureCanvasAgg):
    manager_class: Any = FigureManager


def show_open(*, but: object = None) -> None:
    """Display the figures that pyplot holds open, in the order they were made, and close them."""
    for figure in _close_all():
        if figure is not but:
            builtins.display(figure)  # type: ignore[attr-defined]  # the driver's


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
