"""The one error of this package."""

from __future__ import annotations


class GenerationError(Exception):
    """Nothing was written. The message says what was expected, what was found, and where."""
