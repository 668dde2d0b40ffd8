"""A cluster while it runs: does what it is told by the socket in its folder, and ends."""

from __future__ import annotations

import contextlib
import json
import select
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scripts.kubernetes import cgroups
from scripts.kubernetes.build import Programs, built
from scripts.kubernetes.cluster import Cluster
from scripts.kubernetes.layout import control

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE_S = 10


class Ended(BaseException):
    """This process was told to end before there was a cluster."""


def serve(folder: Path, nodes: int, ready: Callable[[Programs], None]) -> None:
    """Run a cluster until a signal or the socket tells this process to end; `ready` is called once it runs.

    Raises:
        FileExistsError: there is one in this folder.
    """
    for number in _ENDS:
        signal.signal(number, _end)
    try:
        programs = built()
        if _answers(folder):
            raise FileExistsError(f"a cluster runs in {folder}: end it with `down`")
        remains(folder)
    except Ended:
        return
    # From here on nothing is left half done: it is looked for signals where it waits.
    with _Signals() as signals, ExitStack() as until_down:
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # pods with users of their own look into it
        cluster = Cluster(folder, programs)
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(control(folder)))
                cluster.up(nodes, lambda: signals.came)
                if not signals.came:
                    listener.listen()
                    ready(programs)
                    _obey(listener, cluster, signals, until_down)
        finally:
            cluster.down()


def tell(folder: Path, command: str, *arguments: str | int) -> Any:
    """Have the cluster in `folder` do something; what it answers.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it can't.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(control(folder)))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise FileNotFoundError(f"no cluster runs in {folder}") from error
        connection.sendall(json.dumps([command, *arguments]).encode() + b"\n")
        with connection.makefile("rb") as answers:
            # To `down` there is none: the connection ends when all has ended.
            answer = json.loads(answers.readline() or b"{}")
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer.get("answer")


def remains(folder: Path) -> None:
    """Remove what is left of a cluster whose process was killed: all else ended with it."""
    cgroups.sweep()
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(control(folder))) == 0


def _end(*_: object) -> None:
    raise Ended


class _Signals:
    """Those that end this process, noted. To be selected from: it is readable once one came."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> _Signals:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno())
        for number in _ENDS:
            signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def fileno(self) -> int:
        return self._reader.fileno()

    def _note(self, *_: object) -> None:
        self.came = True


def _obey(
    listener: socket.socket, cluster: Cluster, signals: _Signals, until_down: ExitStack
) -> None:
    """Do what is asked, until that is the end."""
    commands: dict[str, Callable[..., object]] = {
        "cut-cable": cluster.cut_cable,
        "first-process": cluster.first_process,
        "kill-node": cluster.kill_node,
        "load": cluster.load,
        "mend-cable": cluster.mend_cable,
        "start-node": cluster.start_node,
    }
    while True:
        sources: list[socket.socket | _Signals] = [listener, signals]
        ready, _, _ = select.select(sources, [], [])
        if signals in ready:
            return
        connection, _ = listener.accept()
        connection.settimeout(_PATIENCE_S)
        with contextlib.suppress(OSError), connection.makefile("rwb") as both:
            line = both.readline()
            asked: list[Any] = json.loads(line) if line else [""]
            command, *arguments = asked
            if command == "down":
                until_down.enter_context(connection)
                return
            if command:
                both.write(_answer(commands[command], arguments))
        connection.close()


def _answer(command: Callable[..., object], arguments: Sequence[object]) -> bytes:
    try:
        told: dict[str, object] = {"answer": command(*arguments)}
    except (ValueError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        told = {"error": str(error)}
    return json.dumps(told).encode() + b"\n"
