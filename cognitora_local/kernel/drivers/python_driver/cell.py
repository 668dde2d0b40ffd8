"""Runs a piece of code in `__main__`: top-level await, and the last expression's value."""

from __future__ import annotations

import _ast  # not ast: that costs two milliseconds, for what the builtin half has
import sys

from .imports import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Coroutine
    from types import CodeType
    from typing import Any

ONLY_AST = 0x400
TOP_LEVEL_AWAIT = 0x2000
COROUTINE = 0x80


class Namespace:
    """The module `__main__` that lives as long as the session, and its event loop."""

    def __init__(self) -> None:
        self._module = type(sys)("__main__")
        self._future = 0  # compiler flags of the `from __future__` imports so far
        self._loop: AbstractEventLoop | None = None
        self._module.__dict__["__builtins__"] = sys.modules["builtins"]
        sys.modules["__main__"] = self._module

    def run(self, source: str, filename: str) -> Any:
        """Run it; the value of its last expression, None when there is none or a `;` follows."""
        source = source.removeprefix("\ufeff")
        sources[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        body, last = self._compile(source, filename)
        if body:
            self._evaluate(body)
        return self._evaluate(last) if last else None

    def _compile(self, source: str, filename: str) -> tuple[CodeType | None, CodeType | None]:
        flags = TOP_LEVEL_AWAIT | self._future
        tree: Any = compile(source, filename, "exec", flags | ONLY_AST, dont_inherit=True)
        last = tree.body[-1] if tree.body else None
        shown = None
        if isinstance(last, _ast.Expr) and not _followed_by_semicolon(source, last):
            shown = _ast.Expression(last.value)
            del tree.body[-1]
        body = compile(tree, filename, "exec", flags, dont_inherit=True) if tree.body else None
        if body and "__future__" in source:
            flags |= self._learn_future(body)
        if shown is None:
            return body, None
        return body, compile(shown, filename, "eval", flags, dont_inherit=True)

    def _learn_future(self, body: CodeType) -> int:
        import __future__

        for name in __future__.all_feature_names:
            self._future |= body.co_flags & getattr(__future__, name).compiler_flag
        return self._future

    def _evaluate(self, code: CodeType) -> Any:
        value = eval(code, self._module.__dict__)
        return self._wait_for(value) if code.co_flags & COROUTINE else value

    def _wait_for(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        import asyncio

        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        loop = self._loop
        asyncio.set_event_loop(loop)
        task = loop.create_task(coroutine)
        try:
            return loop.run_until_complete(task)
        except BaseException as error:
            if task.done():
                if not task.cancelled():
                    task.exception()  # taken: or asyncio complains that nobody did
                raise
            task.cancel()  # the loop itself was struck while the code awaited
            try:
                loop.run_until_complete(task)
            except asyncio.CancelledError as cancelled:  # its traceback shows where
                raise type(error)(*error.args).with_traceback(cancelled.__traceback__) from None
            raise


def _followed_by_semicolon(source: str, statement: _ast.stmt) -> bool:
    if ";" not in source or statement.end_lineno is None or statement.end_col_offset is None:
        return False
    lines = source.split("\n")[statement.end_lineno - 1 :]
    rest = lines[0].encode()[statement.end_col_offset :].decode()
    return rest.lstrip().startswith(";")
