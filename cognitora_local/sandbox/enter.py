"""A program of its own: it enters a sandbox, gives up every right it has, and becomes a command there.

It is run by the host's Python with nothing of this package. Its one argument is the number of the file
that says what to do: no command line says it, which the whole machine could read. By a socket it tells
which process the command is, and why it couldn't be started; the socket closes when it has begun.

While it is neither here nor there, nobody in the sandbox can look into it or trace it: it isn't
dumpable until it has become the command (prctl(2), PR_SET_DUMPABLE). And it loads nothing from there:
what it needs is imported before, what the library imports only when it is used included.
"""

from __future__ import annotations

import array  # noqa: F401  # for socket.send_fds
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import termios
import warnings  # noqa: F401  # for os.execvpe

TYPE_CHECKING = False  # the module typing takes long, and so does pathlib
if TYPE_CHECKING:
    from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_LINUX_CAPABILITY_VERSION_3 = 0x20080522
_TIOCSPTLCK = 0x40045431
_TIOCGPTPEER = 0x5441

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    with os.fdopen(int(sys.argv[1]), "rb") as file:
        order = json.load(file)
    report = socket.socket(fileno=order["report"])
    for number in (order["report"], *order["namespaces"]):
        os.set_inheritable(number, False)
    try:
        _prctl(_PR_SET_DUMPABLE, 0)
        with open("/proc/sys/kernel/cap_last_cap") as file:  # noqa: PTH123  # pathlib takes long to import
            capabilities = range(int(file.read()) + 1)
        sys.meta_path.clear()
        if order["user"] is not None:
            os.setgroups([])
            os.setresgid(*[order["user"]] * 3)
            os.setresuid(*[order["user"]] * 3)
            _prctl(_PR_SET_DUMPABLE, 0)
        for number in order["namespaces"]:
            _check(_libc.setns(number, 0))
            os.close(number)
        _prctl(_PR_SET_DUMPABLE, 0)  # new rights make it what the machine says
        terminal = _terminal(order["size"]) if order["size"] else None
        go_ahead, going = os.pipe()
        child = os.fork()
    except Exception as error:  # noqa: BLE001  # whatever it is, the host is told
        report.send(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        os._exit(1)
    if child == 0:
        os.close(going)
        _become(order, capabilities, terminal, report, go_ahead)
    try:
        os._exit(_see_through(child, terminal, report, going))
    except OSError:  # nobody is there any more
        os._exit(1)


def _see_through(
    child: int, terminal: tuple[int, int] | None, report: socket.socket, going: int
) -> int:
    """Hand the command over, and wait for it: its exit status. Raises OSError where nobody takes it."""
    fds = [] if terminal is None else [terminal[0]]
    socket.send_fds(report, [json.dumps({"pid": child}).encode()], fds)
    for number in (0, 1, 2, *(terminal or ())):
        os.close(number)
    if not report.recv(1):
        raise BrokenPipeError
    report.close()
    os.write(going, b"!")  # it is held on to: it is there until it is waited for
    os.close(going)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


def _become(
    order: dict[str, Any],
    capabilities: range,
    terminal: tuple[int, int] | None,
    report: socket.socket,
    go_ahead: int,
) -> NoReturn:
    try:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        if terminal is not None:
            for number in (0, 1, 2):
                os.dup2(terminal[1], number)
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        _give_up(capabilities, bytes.fromhex(order["filter"]))
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        if not os.read(go_ahead, 1):  # nobody would know of it
            os._exit(1)
        os.chdir(order["folder"])
    except BaseException as error:  # noqa: BLE001  # whatever it is, this is nobody else's
        _fail(report, error, "folder")
    try:
        os.execvpe(order["command"][0], order["command"], order["environment"])
    except BaseException as error:  # noqa: BLE001  # the same
        _fail(report, error, "command")


def _give_up(capabilities: range, seccomp: bytes) -> None:
    """All rights in the sandbox's user namespace, and the system calls that nobody there may make."""
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    for number in capabilities:
        _prctl(_PR_CAPBSET_DROP, number)
    header = struct.pack("=Ii", _LINUX_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    rules = ctypes.create_string_buffer(seccomp, len(seccomp))
    program = struct.pack("@HP", len(seccomp) // 8, ctypes.addressof(rules))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program)


def _terminal(size: list[int]) -> tuple[int, int]:
    """Both ends of a new terminal of the sandbox's own, of so many rows and columns."""
    ours = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    fcntl.ioctl(ours, _TIOCSPTLCK, struct.pack("i", 0))
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    return ours, fcntl.ioctl(ours, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)


def _fail(report: socket.socket, error: BaseException, of: str) -> NoReturn:
    number = getattr(error, "errno", None)
    report.send(json.dumps({"error": str(error), "errno": number, "of": of}).encode())
    os._exit(127)


def _prctl(*arguments: int | bytes) -> None:
    given = [each if isinstance(each, bytes) else ctypes.c_ulong(each) for each in arguments]
    _check(_libc.prctl(*given, *[ctypes.c_ulong(0)] * (5 - len(given))))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


main()
