"""`%load_ext cognitora`: the cell magic `%%cognitora`, and progress bars for what takes long."""

from __future__ import annotations

from typing import Any

_NAME = "cognitora"
_loaded: dict[int, Any] = {}


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext cognitora` does; IPython calls it.

    Args:
        shell: The InteractiveShell of the notebook.
    """
    from .. import progress
    from .bars import Bar
    from .magic import Magic

    if id(shell) not in _loaded:
        _loaded[id(shell)] = magic = Magic(shell.user_ns)
        shell.register_magic_function(magic, "line_cell", _NAME)
        if getattr(shell, "kernel", None) is not None:  # a notebook, and no terminal
            progress.listen(Bar)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext cognitora` does: the sessions of the notebook end.

    Args:
        shell: The InteractiveShell of the notebook.
    """
    from .. import progress

    magic = _loaded.pop(id(shell), None)
    if magic is not None:
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop(_NAME, None)
        magic.sessions.close_all()
        progress.listen(None)
