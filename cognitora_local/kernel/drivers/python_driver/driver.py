"""The driver's loop: receive code, run it, send what it shows and how it ended."""

from __future__ import annotations

import builtins
import faulthandler
import fcntl
import os
import sys

from . import environment
from .asking import ask
from .cell import Namespace
from .connection import Connection
from .frames import pack
from .imports import SecondLook, Watch
from .interrupts import Interrupts
from .ipython import IPython
from .program import end
from .streams import Pipes, whole_print
from .variables import Variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

CONTROL = 3
HIGH = 700  # where the driver's own descriptors begin: under the usual limit of 1024


def main() -> NoReturn:
    """Run executions until the host closes the socket."""
    folders = [folder for folder in sys.path if folder != sys.path[0]]
    sys.path[:] = ["", *folders]  # the working folder, wherever that is
    sys.argv = [""]
    Driver().serve()


def high(descriptor: int) -> int:
    """Move it out of the way of user code, and of the programs it starts."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, HIGH)
    os.close(descriptor)
    return moved


class Driver:
    """One session of Python."""

    def __init__(self) -> None:
        self._interrupts = Interrupts()
        self._connection = Connection(high(CONTROL), self._interrupts)
        self._pipes = Pipes(high)
        self._namespace = Namespace()
        self._ipython = IPython(self._namespace, self._connection)
        self._namespace.translator = self._ipython

    def serve(self) -> NoReturn:
        self._pipes.attach(replace=True)
        self._interrupts.install()
        self._install_builtins()
        prepare = {"IPython": self._ipython.start, "asyncio": self._namespace.start_tasks}
        sys.meta_path.insert(0, Watch(prepare))
        sys.meta_path.append(SecondLook())
        faulthandler.enable(2)
        self._connection.greet(self._pipes.read_ends)
        while True:
            kind, number, code, *pairs = self._connection.receive()
            self._execute(number, code, Variables(pairs), program=kind == "program")

    def _install_builtins(self) -> None:
        namespace = builtins.__dict__
        namespace["display"] = self._ipython.display
        namespace["get_ipython"] = self._ipython.get
        namespace["print"] = whole_print(print)
        namespace["input"] = ask
        os.__dict__["system"] = _system
        sys.__dict__["setrecursionlimit"] = _setrecursionlimit

    def _execute(self, number: str, code: str, variables: Variables, *, program: bool) -> None:
        self._pipes.attach()
        environment.adopt()
        status, frames = self._attempt(lambda: self._run(code, int(number), variables))
        if program and status != "interrupted":
            if frames:
                self._connection.deliver(frames)
            late, frames = self._attempt(self._end)
            status = status if late == "completed" else late
        variables.restore()
        self._connection.send(frames + pack("done", number, status))

    def _attempt(self, run: Callable[[], bytes]) -> tuple[str, bytes]:
        """Let the code run, which may be interrupted: how it ended, and the frames that tell of it."""
        status, frames, error = "completed", b"", None
        try:
            try:
                self._interrupts.arm()
                frames = run()
            finally:
                self._interrupts.disarm()
        except BaseException as failure:  # noqa: BLE001  # what user code raises ends the code only
            error = failure
        if self._connection.in_child:
            _leave_child(error)
        if error is not None:
            status, frames = _report(error)
        _flush()
        return status, frames

    def _end(self) -> bytes:
        end(self._namespace, self._ipython)
        return b""

    def _run(self, code: str, number: int, variables: Variables) -> bytes:
        """Run it; the frame of its result, if it has one."""
        variables.set()
        self._ipython.begin(number, code)
        try:
            self._namespace.go_on()
            value = self._namespace.run(code, f"<execution {number}>")
            self._namespace.go_on()
        except BaseException as error:
            _figures(show=isinstance(error, Exception))
            raise
        finally:
            self._ipython.end()
        _figures(show=True, but=value)
        if value is None:
            return b""
        self._ipython.results.keep(value, number)
        bundle = self._ipython.representations(value)
        return self._connection.pack_bundle("result", bundle) if bundle else b""


def _figures(*, show: bool, but: object = None) -> None:
    """Show, or only close, what pyplot holds open at the end of the code."""
    if show and f"{__package__}.showing" in sys.modules:
        from .showing import finish

        finish()
    if "matplotlib._pylab_helpers" in sys.modules:
        from .figures import close_open, show_open

        if show:
            show_open(but=but, blank=False)
        else:
            close_open()


def _report(error: BaseException) -> tuple[str, bytes]:
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return "completed", b""
    status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
    told = _describe(error)
    _remember(error)
    return status, pack("error", *told)


def _remember(error: BaseException) -> None:
    """Where pdb.pm() and people look for it."""
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.__dict__["last_exc"] = error  # its name since 3.12


def _describe(error: BaseException) -> tuple[str, str]:
    try:
        from .tracebacks import describe

        return describe(error)
    except BaseException:  # noqa: BLE001  # no memory left, or a traceback.py of the user's own
        line = type(error).__name__
        return line, line


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001  # a stream of the user's own making
            continue


def _leave_child(error: BaseException | None) -> NoReturn:
    """End a child that user code forked, and that ran on to the end of the code."""
    status = 0
    if isinstance(error, SystemExit):
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        status = 1
        sys.stderr.write(_describe(error)[1])
    _flush()
    os._exit(status & 0xFF)


def _system(command: str) -> int:
    """os.system, but for the signals: C's own is deaf to an interrupt until the command ends."""
    from subprocess import call

    status = call(command, shell=True)
    return -status if status < 0 else status << 8


_set_limit = sys.setrecursionlimit


def _setrecursionlimit(limit: int, /) -> None:
    """Set the maximum depth of the Python interpreter stack to n, or to what the stack bears."""
    from .recursion import bound

    _set_limit(bound(limit))
