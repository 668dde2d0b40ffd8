"""Where bash counts how deeply code is evaluated: `set -x` repeats its `+` so many times.

A session's code is evaluated by a loop that is evaluated itself, and deeper after each exit. No
command of bash changes that count, but the driver, its parent, may write to its memory, as a
debugger does. Where it may not, or bash has no such variable, there are more `+`, and that is all.
"""

from __future__ import annotations

import os

SYMBOL = b"\0indirection_level\0"
DYNAMIC_SYMBOLS = 11  # SHT_DYNSYM
SYMBOL_BYTES = 24

LOOP = -1
"""What the loop has, so that code, which is evaluated in an evaluation, has 1 as in a script."""


class Nesting:
    """The count of one bash and of its copies, which have it at the same address."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._address: int | None = None

    def reset(self, pid: int) -> None:
        """Let a shell that waits for code count from there."""
        try:
            if self._address is None:
                self._address = _address(self._program, pid)
            if self._address:
                memory = os.open(f"/proc/{pid}/mem", os.O_WRONLY | os.O_CLOEXEC)
                try:
                    os.pwrite(memory, LOOP.to_bytes(4, "little", signed=True), self._address)
                finally:
                    os.close(memory)
        except OSError:
            self._address = 0


def _address(program: str, pid: int) -> int:
    """In the process; 0 when it isn't known."""
    with open(program, "rb") as file:
        elf = file.read()
    value = _value(elf) if elf.startswith(b"\x7fELF\2\1") else 0  # 64 bits, little-endian
    if not value or elf[16] == 2:  # ET_EXEC: at a fixed place
        return value
    with open(f"/proc/{pid}/maps", "rb") as maps:
        return int(maps.read().partition(b"-")[0], 16) + value


def _value(elf: bytes) -> int:
    """What the file's table of symbols says of the variable; 0 when it isn't in it."""

    def number(place: int, size: int) -> int:
        return int.from_bytes(elf[place : place + size], "little")

    headers, size, count = number(40, 8), number(58, 2), number(60, 2)
    for section in range(headers, headers + size * count, size):
        if number(section + 4, 4) != DYNAMIC_SYMBOLS:
            continue
        strings = headers + size * number(section + 40, 4)
        begin = number(strings + 24, 8)
        name = elf.find(SYMBOL, begin, begin + number(strings + 32, 8)) + 1 - begin
        first = number(section + 24, 8)
        for symbol in range(first, first + number(section + 32, 8), SYMBOL_BYTES):
            if number(symbol, 4) == name:
                return number(symbol + 8, 8)
    return 0
