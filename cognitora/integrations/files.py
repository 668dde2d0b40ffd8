"""Files on their way from a sandbox into a program that agents work for."""

from __future__ import annotations

MOST_BYTES = 256 * 1024 * 1024
"""Of a file that is read whole into memory, where the framework has no limit of its own: a sandbox may say
of a file what it wants, and write on while it is read."""
