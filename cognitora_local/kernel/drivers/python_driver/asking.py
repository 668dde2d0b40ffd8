"""Code that asks somebody for something, where nobody can answer."""

from __future__ import annotations

import builtins
import sys

from .streams import has_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_read = builtins.input


def ask(prompt: object = "", /) -> str:
    """Read a line from standard input, which ends at once unless the code has given itself one.

    The prompt string, if given, is printed to standard output without a trailing newline first.
    """
    try:
        return _read(prompt)
    except EOFError:
        if sys.stdin is not sys.__stdin__ or has_input():
            raise
        raise EOFError(
            f"input({str(prompt)!r}): nobody can answer, the code was given nothing on its stdin. "
            "Give it input there (stdin= of the call, or `cognitora run --stdin`; `cognitora repl` "
            "can't), or as a variable, a file or an environment variable."
        ) from None


def prepare_getpass(module: Any) -> None:
    """There is no terminal that it could ask for a secret."""

    def getpass(prompt: str = "Password: ", stream: object = None, **_: object) -> str:
        return ask(prompt)

    module.getpass = module.unix_getpass = getpass


def prepare_bdb(module: Any) -> None:
    """What ends the debugger's first question, and the code, otherwise says nothing at all."""

    def reason(_: BaseException) -> str:
        return (
            "the debugger (breakpoint(), pdb) was told to quit, or asked what nobody can answer: the "
            "code runs without a stdin. Print what you want to know instead."
        )

    module.BdbQuit.__str__ = reason
