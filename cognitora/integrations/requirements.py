"""What to say where a framework is not installed."""

from __future__ import annotations

from importlib.util import find_spec


def require(module: str, extra: str) -> None:
    """Checks that a framework is there, without importing it.

    Raises:
        ImportError: It isn't; the message says how to install it.
    """
    if find_spec(module) is None:
        raise ImportError(
            f"cognitora.integrations needs `{module}` for this. "
            f'Run: pip install "cognitora[{extra}]>=2"',
            name=module,
        )
