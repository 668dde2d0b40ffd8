"""The driver's loop: receive code, let the shell run it, send how it ended."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal, without the enums: 2 ms
import os

from . import code as texts
from . import processes
from .program import LONGEST, Program
from .shell import Report, Shell, ShellEnded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from cognitora_local.kernel.drivers.python_driver.connection import Connection
    from cognitora_local.kernel.drivers.python_driver.frames import pack
    from cognitora_local.kernel.drivers.python_driver.interrupts import Interrupts
else:  # inside, what lies beside the script is all there is
    from python_driver.connection import Connection
    from python_driver.frames import pack
    from python_driver.interrupts import Interrupts

CONTROL = 3
HOST = 699  # out of the way of the shell, beside its own

ENDED = (
    "The shell has ended: it was replaced (exec), killed, or code kept it from going on. "
    "Its state is gone."
)


def main() -> NoReturn:
    """Run executions until the host closes the socket."""
    os.dup2(CONTROL, HOST, inheritable=False)
    os.close(CONTROL)
    driver = Driver(Connection(HOST, Interrupts()), os.getcwd())
    try:
        driver.serve()
    except EOFError:
        os._exit(0)
    except ShellEnded as end:
        end_like(end.status)


class Driver:
    """One session of Bash."""

    def __init__(self, connection: Connection, folder: str) -> None:
        self._connection = connection
        self._folder = folder
        self._interruptible = False
        self._program: Program | None = None
        _signal.signal(_signal.SIGINT, self._interrupt)
        self._shell = Shell(folder)
        self._last = self._shell.receive(HOST)

    def serve(self) -> NoReturn:
        self._connection.greet(self._shell.read_ends)
        while True:
            self._shell.wait_for(HOST)
            kind, number, code, *pairs = self._connection.receive()
            variables = dict(zip(pairs[::2], pairs[1::2], strict=True))
            if problem := texts.refusal(code, list(variables)):
                frames = pack("error", problem, problem)
                self._connection.send(frames + pack("done", number, "failed"))
                continue
            run = self._execute_program if kind == "program" else self._execute
            try:
                status = run(code, variables)
            except ShellEnded as end:
                if kind != "program" or end.status is None or not os.WIFEXITED(end.status):
                    self._connection.send(pack("error", ENDED, ENDED))
                    raise
                status = os.WEXITSTATUS(end.status)  # of what took its place, by `exec`
            frames = b"" if status == 0 else pack("error", *[describe(status)] * 2)
            ending = "failed" if status else "completed"
            self._connection.send(frames + pack("done", number, ending))

    def _execute_program(self, code: str, variables: dict[str, str]) -> int:
        """The exit code; what Linux can't take as an argument the session's shell runs."""
        if len(code.encode("utf-8", "surrogateescape")) > LONGEST:
            return self._execute(code, variables)
        self._program = Program(code, self._folder, variables)
        status = self._program.wait()
        self._program = None
        if not os.WIFSIGNALED(status):
            return os.WEXITSTATUS(status)
        if os.WTERMSIG(status) == _signal.SIGKILL:  # for want of memory, perhaps
            raise ShellEnded(status)
        return 128 + os.WTERMSIG(status)

    def _execute(self, code: str, variables: dict[str, str]) -> int:
        """The exit code."""
        if not variables:
            return self._run(code, {})
        before = self._tell(texts.question(list(variables)))
        status = self._run(code, variables)
        self._tell(texts.restoring(variables, before))
        return status

    def _run(self, code: str, variables: dict[str, str]) -> int:
        if texts.sets_exit_trap(code):
            self._shell.fork(HOST)
        report = self._run_prepared(code, variables)
        if not report.on_exit:
            return report.status
        ending = self._run_prepared(texts.on_exit(report.on_exit, report.status), {})
        return ending.status if ending.by_exit else report.status

    def _run_prepared(self, code: str, variables: dict[str, str]) -> Report:
        self._interruptible = True
        try:
            before = self._last
            self._shell.send(texts.preparation(variables, before), texts.prepared(code, before))
            report = self._shell.receive(HOST)
        finally:
            self._interruptible = False
        if report.begun:
            self._last = report
        return report

    def _tell(self, question: str) -> str:
        self._shell.send(question)
        return self._shell.receive(HOST).said

    def _interrupt(self, *_: Any) -> None:
        if self._program:
            self._program.interrupt()
        elif self._interruptible:
            self._shell.interrupt()


def describe(status: int) -> str:
    """An exit code in words, with the signal that it most likely stands for."""
    line = f"exit code {status}"
    if status > 128:
        from signal import SIGRTMIN, Signals, valid_signals

        number = status - 128
        if number in valid_signals():
            try:
                name = Signals(number).name
            except ValueError:  # Python names the first and the last of the real-time signals alone
                name = f"SIGRTMIN+{number - SIGRTMIN}"
            line += f" ({name})"
    return line


def end_like(status: int | None) -> NoReturn:
    """End as the shell did, so that the host can tell why."""
    code = os.waitstatus_to_exitcode(processes.UNKNOWN if status is None else status)
    if code < 0:
        if -code != _signal.SIGKILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)
