"""The one error of the sandbox."""

from __future__ import annotations


class SandboxError(Exception):
    """A promise of the sandbox can't be kept on this machine.

    The message names the promise, the reason and the mend. Nothing is run with less than was asked.
    """
