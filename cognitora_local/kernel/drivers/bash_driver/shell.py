"""The bash that keeps the session's state: code goes in, reports of how it ended come out."""

from __future__ import annotations

import os
import select

from . import processes
from .nesting import Nesting

PROGRAM = "/bin/bash"
CODE, STARTS, REPORTS, OUT, ERR = range(701, 706)  # session.sh knows them

PATIENCE = 5
"""Interrupts that the host may send in vain, 0.1 s apart, before all processes are interrupted."""

FORK = '\\builtin eval "${__cognitora[copy]}"'


class ShellEnded(Exception):
    """The shell has ended, or can't be understood any more: its state is gone."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__(f"wait status {status}")
        self.status = status
        """As waitpid tells it; None when it can't be understood."""


class Report:
    """How a piece of code ended, and what the shell has set aside since then."""

    def __init__(self, record: bytes) -> None:
        """Raises ValueError when it isn't a report."""
        self.said, _, rest = record.decode("utf-8", "surrogateescape").rpartition("\1")
        """What code of the driver's own has told."""
        line, _, traps = rest.partition("\n")
        self.kind, number, status, self.options, pid = line.split(" ")
        self.number = abs(int(number))
        """Of the code; 0 when the variable is gone."""
        self.begun = int(number) <= 0
        """Whether the code had begun here, and not only what prepares it."""
        self.status, self.pid = int(status), int(pid)
        """The exit code, and the process that tells it."""
        on_error, on_debug, on_exit = (each.strip() for each in traps.split("\2"))
        self.traps = [each for each in (on_error, on_debug) if each]
        """Commands that set the traps on ERR and DEBUG."""
        self.on_exit = "" if "${__cognitora[exit]}" in on_exit else on_exit
        """The command that has set a trap on EXIT, if the code has one that is still to run."""
        self.by_exit = False
        """Whether the shell has exited, and a copy of it has taken its place."""


class Shell:
    """A process, and the pipes to it. When it exits, a copy of it takes its place."""

    def __init__(self, folder: str) -> None:
        """Start it in `folder`. Its first report says that it is ready."""
        self.read_ends = (_pipe_to(OUT), _pipe_to(ERR))
        """What the host reads from."""
        self._reports = _pipe_to(REPORTS)
        self._received = b""
        _place(os.memfd_create("code"), CODE)
        starts, self._starts = os.pipe()
        _place(starts, STARTS)
        self._number = self._kept = self._interrupts = 0
        self._interrupted = False
        self._runner = self._pid = _spawn(folder)
        self._process = os.pidfd_open(self._pid)
        self._nesting = Nesting(PROGRAM)
        self._counting = 0  # the process whose nesting is right

    def send(self, preparation: str, code: str = "") -> None:
        """Let it run both. It must have reported on what came before."""
        self._number += 1
        self._interrupts, self._interrupted = 0, False
        if self._counting != self._runner:
            self._nesting.reset(self._runner)
            self._counting = self._runner
        commands = ["\\builtin unset -v __cognitora_code", preparation]
        if code:
            commands += [f"__cognitora_number=-{self._number}", f"\\builtin eval {code}"]
        _write(CODE, "; ".join(commands))
        os.write(self._starts, b"%d\n" % self._number)

    def receive(self, host: int) -> Report:
        """Its report, once the code has ended. Raises ShellEnded, or EOFError: the host is gone."""
        while True:
            report = self._receive_one(host)
            if report.kind == "exit":
                self._receive_copy(report, host)
            if report.number in (0, self._number) or report.pid == self._kept:
                break
            if not report.by_exit:
                raise ShellEnded
            # A signal has ended the shell before the code began. The copy will run it.
        if report.pid != self._pid:
            self._follow(report.pid)
        self._runner, self._kept = self._pid, 0
        return report

    def fork(self, host: int) -> None:
        """Let a copy run the next code. If that ends without a report, this shell reports for it."""
        self.send(FORK)
        self._runner, self._kept = self._receive_one(host).pid, self._pid

    def wait_for(self, host: int) -> None:
        """Return when the host has sent something. Raises ShellEnded."""
        while self._wait((host, select.POLLIN), (self._reports, select.POLLIN)) != host:
            report = self._receive_one(host)
            if report.kind != "exit":  # nobody has asked
                raise ShellEnded
            self._receive_copy(report, host)

    def interrupt(self) -> None:
        """As Ctrl-C does, once the code has begun; when that was in vain, more thoroughly.

        Jobs in the background ignore it, unless the code has asked for job control.
        """
        self._interrupts += 1
        if not self._interrupted and not processes.ignores_interrupts(self._runner):
            self._interrupted = True
            processes.interrupt_group(self._runner)
        elif self._interrupts > PATIENCE:
            processes.interrupt_descendants(self._runner)

    def _receive_copy(self, report: Report, host: int) -> None:
        """After a report of an exit: who goes on."""
        report.pid = self._receive_one(host).pid
        report.by_exit = True
        self._follow(report.pid)
        self._runner = self._pid

    def _receive_one(self, host: int) -> Report:
        while b"\0" not in self._received:
            if self._wait((self._reports, select.POLLIN), (host, select.POLLRDHUP)) == host:
                raise EOFError
            self._received += os.read(self._reports, 2**16)
        record, _, self._received = self._received.partition(b"\0")
        try:
            return Report(record)
        except ValueError:
            raise ShellEnded from None

    def _wait(self, *awaited: tuple[int, int]) -> int:
        """The first of these descriptors that is ready. Raises ShellEnded when none will be."""
        poll = select.poll()
        for descriptor, event in (*awaited, (self._process, select.POLLIN)):
            poll.register(descriptor, event)
        ready = {descriptor for descriptor, _ in poll.poll()}
        for descriptor, _ in awaited:
            if descriptor in ready:
                return descriptor
        raise ShellEnded(processes.status_of(self._pid))

    def _follow(self, pid: int) -> None:
        try:
            processes.adopt(pid)
            process = os.pidfd_open(pid)
        except (OSError, ValueError):
            raise ShellEnded from None
        os.close(self._process)
        self._pid, self._process = pid, process


def _pipe_to(number: int) -> int:
    """A pipe that the shell writes to, by this number; the end to read from."""
    read, write = os.pipe()
    _place(write, number)
    return read


def _place(descriptor: int, number: int) -> None:
    os.dup2(descriptor, number, inheritable=False)
    os.close(descriptor)


def _write(file: int, text: str) -> None:
    os.ftruncate(file, 0)
    rest = memoryview(text.encode("utf-8", "surrogateescape"))
    position = 0
    while rest:
        written = os.pwrite(file, rest, position)
        rest = rest[written:]
        position += written


def _spawn(folder: str) -> int:
    os.chdir(os.path.dirname(__file__))  # where the script is: see there why
    try:
        return os.posix_spawn(
            PROGRAM,
            ["bash", "bash", folder],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, OUT, 1), (os.POSIX_SPAWN_DUP2, ERR, 2)],
            setpgroup=0,
            # What is ignored when a shell starts can't be trapped in it.
            setsigdef=[number for number in range(1, 32) if number not in (9, 19)],
        )
    finally:
        os.chdir("/")
