"""A runtime that is attached to the program it is for, by its standard input.

So it is in a container: a process of the engine, which no parent of its own starts. The first line that
comes is what nobody else is to see, as a command line and a container's variables are seen. When the input
ends, the program has, however that was, and the runtime ends too.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_BYTES = 65536
_STDIN = 0


class AttachedError(Exception):
    """Nobody is attached, or what came isn't what was to come."""


@dataclass(frozen=True, slots=True)
class FirstLine:
    """What the program says first.

    Attributes:
        api_keys: the keys to let in.
        ports: by each port of the container that its engine publishes, the machine's.
    """

    api_keys: list[str] = field(repr=False)
    ports: dict[int, int]


def read() -> FirstLine:
    """The first line of standard input, a JSON object with the fields of FirstLine. Raises AttachedError."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _MOST_BYTES:
        try:
            piece = os.read(_STDIN, 1)  # what comes behind the line isn't ours
        except OSError as error:
            raise AttachedError(f"Standard input can't be read: {error.strerror}.") from error
        if not piece:
            break
        line += piece
    try:
        said = json.loads(line)
        keys = [str(key) for key in said["api_keys"]]
        ports = {int(inside): int(outside) for inside, outside in said["ports"].items()}
        if not keys or not all(keys) or isinstance(said["api_keys"], str):
            raise ValueError
    except (ValueError, LookupError, TypeError, AttributeError):
        # What came isn't quoted: there may be a key in it, which what is raised from would show too.
        raise AttachedError(
            "Standard input must begin with a line of JSON that has api_keys and ports. "
            "Without --attached the runtime reads nothing."
        ) from None
    return FirstLine(keys, ports)


def watch(on_end: Callable[[], None]) -> Callable[[], None]:
    """Call `on_end` once when standard input ends. Returns a function that stops watching.

    Raises AttachedError for an input that isn't somebody's other end, such as a file.
    """
    loop = asyncio.get_running_loop()

    def look() -> None:
        try:
            ended = not os.read(_STDIN, 4096)
        except OSError:
            ended = True
        if ended:
            loop.remove_reader(_STDIN)
            on_end()

    try:
        loop.add_reader(_STDIN, look)
    except PermissionError:
        raise AttachedError("Standard input is a file: nobody is attached.") from None

    def stop() -> None:
        loop.remove_reader(_STDIN)

    return stop
