"""Runs a piece of code in `__main__`: top-level await, and the last expression's value."""

from __future__ import annotations

import _ast  # not ast: that costs two milliseconds, for what the builtin half has
import io
import sys
from _thread import get_ident

from .imports import sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Coroutine
    from types import CodeType
    from typing import Any, Protocol

    class Translator(Protocol):
        """Knows code that isn't Python's, and makes Python of it."""

        def wants(self, source: str) -> bool: ...

        def translate(self, source: str, error: SyntaxError | None) -> str: ...


ONLY_AST = 0x400
TOP_LEVEL_AWAIT = 0x2000
COROUTINE = 0x80

MOMENT = 0.01  # seconds

RESULT = "<result>"
"""The variable that holds the last expression's value; no code can spell it."""


class Namespace:
    """The module `__main__` that lives as long as the session, and its event loop.

    The loop runs while code awaits, and only then, so that code may call asyncio.run() as a script
    would. A task that is still pending goes on when later code awaits again, and for a moment
    before and after each execution.
    """

    def __init__(self) -> None:
        self._module = type(sys)("__main__")
        self._main_thread = get_ident()
        self._future = 0  # compiler flags of the `from __future__` imports so far
        self._loop: AbstractEventLoop | None = None
        self.translator: Translator | None = None
        """What is asked for code that isn't Python's."""
        self._module.__dict__["__builtins__"] = sys.modules["builtins"]
        sys.modules["__main__"] = self._module

    def run(self, source: str, filename: str) -> Any:
        """Run it; the value of its last expression, None when there is none or a `;` follows."""
        code = self._understand(source.removeprefix("\ufeff"), filename)
        value = eval(code, self._module.__dict__)
        if code.co_flags & COROUTINE:
            self._wait_for(value)
        return self._module.__dict__.pop(RESULT, None)

    def go_on(self) -> None:
        """Give what is pending in the event loop a moment, in which it may begin, and print."""
        if self._loop is not None and not self._loop.is_closed():
            import asyncio

            if tasks := asyncio.all_tasks(self._loop):
                self._wait_for(asyncio.wait(tasks, timeout=MOMENT))

    def start_tasks(self, asyncio: Any) -> None:
        """Let code make tasks where no loop runs, as it may in a notebook: they go on in ours."""
        create, ensure = asyncio.tasks.create_task, asyncio.tasks.ensure_future

        def create_task(coro: Any, **options: Any) -> Any:
            return self._task(coro, options) or create(coro, **options)

        def ensure_future(coro_or_future: Any, *, loop: Any = None) -> Any:
            ours = not loop and asyncio.iscoroutine(coro_or_future)
            return (ours and self._task(coro_or_future, {})) or ensure(coro_or_future, loop=loop)

        for wrapper, original in ((create_task, create), (ensure_future, ensure)):
            wrapper.__doc__ = original.__doc__
            setattr(asyncio.tasks, wrapper.__name__, wrapper)
            setattr(asyncio, wrapper.__name__, wrapper)

    def _task(self, coroutine: Any, options: dict[str, Any]) -> Any:
        """A task in our loop; None where another loop runs, or belongs."""
        import asyncio

        if asyncio._get_running_loop() is not None or get_ident() != self._main_thread:
            return None
        return self._own_loop().create_task(coroutine, **options)

    def end_tasks(self) -> None:
        """Run the event loop until nothing is pending in it."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        import asyncio

        while tasks := asyncio.all_tasks(loop):
            self._wait_for(asyncio.wait(tasks))
        self._wait_for(loop.shutdown_asyncgens())

    def clear(self) -> None:
        """Drop all values, in Python's own order, so that what has a `__del__` is told of the end."""
        names = self._module.__dict__
        for name in sorted(names, key=lambda name: not name.startswith("_")):
            if name != "__builtins__":
                names[name] = None

    def _understand(self, source: str, filename: str) -> CodeType:
        """The code of Python's, or of IPython's."""
        translator = self.translator
        if translator and translator.wants(source):
            source = translator.translate(source, None)
        try:
            return self._compile(source, filename)
        except SyntaxError as failure:
            error = failure
        if translator:
            source = translator.translate(source, error)
        return self._compile(source, filename)

    def _compile(self, source: str, filename: str) -> CodeType:
        lines = io.StringIO(source, newline=None).readlines()
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        sources[filename] = (len(source), None, lines, filename)
        flags = TOP_LEVEL_AWAIT | self._future
        tree: Any = compile(source, filename, "exec", flags | ONLY_AST, dont_inherit=True)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, _ast.Expr) and not _followed_by_semicolon(lines, last):
            tree.body[-1] = _keep_value(last)
        code: CodeType = compile(tree, filename, "exec", flags, dont_inherit=True)
        if "__future__" in source:
            self._learn_future(code)
        return code

    def _learn_future(self, code: CodeType) -> None:
        import __future__

        for name in __future__.all_feature_names:
            self._future |= code.co_flags & getattr(__future__, name).compiler_flag

    def _own_loop(self) -> AbstractEventLoop:
        import asyncio

        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        return self._loop

    def _wait_for(self, coroutine: Coroutine[Any, Any, object]) -> None:
        import asyncio

        loop = self._own_loop()
        asyncio.set_event_loop(loop)
        task = loop.create_task(coroutine)
        try:
            loop.run_until_complete(task)
        except BaseException as error:
            if task.done():
                if not task.cancelled():
                    task.exception()  # taken: or asyncio complains that nobody did
                raise
            task.cancel()  # the loop itself was interrupted while the code awaited
            try:
                loop.run_until_complete(task)
            except asyncio.CancelledError as cancelled:  # its traceback shows where
                raise type(error)(*error.args).with_traceback(cancelled.__traceback__) from None
            raise


def _keep_value(last: _ast.Expr) -> _ast.Assign:
    """`<result> = …`, and not a piece of code of its own: tasks and awaits must share one run."""
    place: dict[str, Any] = {
        "lineno": last.lineno,
        "col_offset": last.col_offset,
        "end_lineno": last.end_lineno,
        "end_col_offset": last.end_col_offset,
    }
    return _ast.Assign([_ast.Name(RESULT, _ast.Store(), **place)], last.value, **place)


def _followed_by_semicolon(lines: list[str], statement: _ast.stmt) -> bool:
    if statement.end_lineno is None or statement.end_col_offset is None:
        return False
    rest = lines[statement.end_lineno - 1].encode()[statement.end_col_offset :]
    return rest.lstrip().startswith(b";")
