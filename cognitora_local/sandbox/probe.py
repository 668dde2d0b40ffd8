"""The start-up probe: one real sandbox, in which each promise is put to the test.

What only shows from inside is answered by `probe_inside.py`; the rest is looked at from here.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..forwarding.machine import addresses_of_this_machine
from . import terminals
from .egress import UNAVAILABLE
from .errors import SandboxError
from .limits import Limits
from .sandbox import Sandbox

LIMITS = Limits(cpu_cores=1.0, memory_mb=32, processes=24)
SOURCE = Path(__file__).with_name("probe_inside.py").read_text()

_SECONDS = 30.0  # on a machine that is very busy; at rest it takes one
_LITTLE_CPU = 0.1
_SHORT_PERIOD_US = 10_000
_CPU_SLACK_MS = 60  # the kernel counts in ticks; less than the whole share of one core and a period
_SETTLE_SECONDS = 0.2
_WORD_SECONDS = 1.0  # within which a word is here that was sent before
_NOWHERE = ("192.0.2.1", 9)  # an address for documentation, which is nobody's
_GATEWAY = "10.0.2.2"  # by which slirp4netns would lead to the machine's loopback


async def prove(
    sandbox: Sandbox, data_dir: Path, *, network: bool, egress: bool
) -> tuple[str | None, str | None]:
    """Puts a sandbox with LIMITS, which runs SOURCE, to the test, and ends it.

    Networking, and holding it to a list, are tried only when `network` and `egress` say so. Returns
    why there is none to be had of either, or None. Raises SandboxError for the first promise that
    isn't kept.
    """
    talk = _Talk(sandbox)
    missing = unheld = None
    try:
        async with asyncio.timeout(_SECONDS):
            _check_user(sandbox)
            with _secret_in(data_dir) as secret:
                judge(await talk.ask("look", files=[str(secret), "/etc/shadow", "/sys/fs/cgroup"]))
            await _prove_memory(sandbox, talk)
            await _prove_processes(talk)
            await _prove_terminals(talk)
            if network:
                missing = await _prove_network(sandbox, talk)
            if egress:
                unheld = await _prove_egress(sandbox, talk)
            await _prove_cpu(sandbox, talk)
            members = sandbox.processes()
    except TimeoutError:
        raise SandboxError(
            f"A sandbox was tried, and its promises weren't proven within {_SECONDS:g} s. If this "
            "machine is very busy, try again when it is less so."
        ) from None
    finally:
        await talk.close()
        await sandbox.kill()
    _check(not _alive(members), "all it has started ends with it", "processes outlived it")
    return missing, unheld


def judge(report: dict[str, Any]) -> None:
    """Raises SandboxError when what a program sees and can do in the sandbox is too much."""
    _check(not report["seen"], "private files are out of reach", f"it sees {report['seen']}")
    _check(not report["written"], "the system is read-only", f"it writes to {report['written']}")
    _check(report["work"], "it has a work folder", "it can't write to /work and /tmp")
    _check(
        len(report["processes"]) <= 2,
        "other processes are invisible",
        f"it sees {len(report['processes'])} processes",
    )
    _check(report["capabilities"] == 0, "it has no privileges", "it has capabilities")
    _check(report["no_new_privileges"], "it gains no privileges", "setuid programs work in it")
    _check(report["filtered"], "system calls are filtered", "no filter is in force")
    _check(
        report["interfaces"] == ["lo"] and not report["way_out"],
        "it has no network",
        f"it has the interfaces {report['interfaces']}",
    )


async def _prove_memory(sandbox: Sandbox, talk: _Talk) -> None:
    more = LIMITS.memory_mb * 2
    ended = (await talk.ask("use_memory", mb=more))["signal"]
    _check(
        ended == -9 and sandbox.out_of_memory(),
        "memory is limited",
        f"{more} MiB could be had with a limit of {LIMITS.memory_mb}",
    )


async def _prove_processes(talk: _Talk) -> None:
    children = (await talk.ask("use_processes", most=LIMITS.processes))["children"]
    _check(
        children < LIMITS.processes,
        "processes are limited",
        f"{children} more could be had with a limit of {LIMITS.processes}",
    )


async def _prove_terminals(talk: _Talk) -> None:
    most = terminals.MOST + 1
    had = (await talk.ask("use_terminals", most=most))["terminals"]
    _check(had < most, "terminals are limited", f"{had} could be had with a limit of {most - 1}")


async def _prove_cpu(sandbox: Sandbox, talk: _Talk) -> None:
    """With a share so small that busy processes use it up at once, on a busy machine too.

    It has to be used up twice: between the two lies a whole share, of whatever size it is.
    """
    await talk.ask("burn", processes=2)
    sandbox.limit_cpu(_LITTLE_CPU, period_us=_SHORT_PERIOD_US)
    began, used, enough = time.monotonic(), sandbox.usage().cpu_ms, sandbox.throttled() + 2
    while True:
        throttled = sandbox.throttled()
        share = (time.monotonic() - began) * 1000 * _LITTLE_CPU
        more = sandbox.usage().cpu_ms - used - share
        _check(more < _CPU_SLACK_MS, "CPU is limited", f"{more:.0f} ms more than its share was had")
        if throttled >= enough:
            break
        await asyncio.sleep(0.002)
    sandbox.limit_cpu(LIMITS.cpu_cores)  # ending takes a little as well


async def _prove_network(sandbox: Sandbox, talk: _Talk) -> str | None:
    try:
        await sandbox.connect_network()
    except SandboxError as error:
        return str(error)
    report, reached = await _reached(talk)
    if reached:  # an address that the machine has got just now is closed off in a moment
        await asyncio.sleep(_SETTLE_SECONDS)
        report, reached = await _reached(talk)
    await sandbox.disconnect_network()
    _check(report["way_out"], "networking leads outside", "there is no way out")
    _check(not reached, "networking leads outside only", f"this machine is reached at {reached}")
    report = await talk.ask("reach", targets=[], word="")
    _check(not report["way_out"], "networking ends when it is taken away", "there is a way out")
    return None


async def _prove_egress(sandbox: Sandbox, talk: _Talk) -> str | None:
    """With a list that lets out nothing: what is tried is to be seen, and refused."""
    try:
        await sandbox.connect_network(())
    except SandboxError as error:
        return str(error)
    await talk.ask("reach", targets=[_NOWHERE], word="")
    refused = [(each.target, each.port) for each in await sandbox.refused()]
    await sandbox.disconnect_network()
    report = await talk.ask("reach", targets=[], word="")
    _check(not report["way_out"], "networking ends when it is taken away", "there is a way out")
    return None if _NOWHERE in refused else f"{UNAVAILABLE}what is tried isn't led to it"


async def _reached(talk: _Talk) -> tuple[dict[str, Any], list[str]]:
    """What the sandbox says of its way out, and where it reaches this machine."""
    word = secrets.token_hex(8)
    with socket.create_server(("0.0.0.0", 0)) as server:  # closed again in some milliseconds
        port = server.getsockname()[1]
        ours = [str(each.network_address) for each in addresses_of_this_machine()]
        targets = [(address, port) for address in (_GATEWAY, *ours)]
        report = await talk.ask("reach", targets=targets, word=word)
        # Both ends must say so: a start was refused once, for what only the one inside took for a
        # way. And anybody may connect here, other runtimes' probes and port scanners too.
        arrived = bool(report["reached"]) and await asyncio.to_thread(_arrived, server, word)
    return report, sorted({address for address, _ in report["reached"]}) if arrived else []


def _arrived(server: socket.socket, word: str) -> bool:
    """Whether somebody who knows the word has connected: he was here before he told of it."""
    server.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            with server.accept()[0] as client:
                client.settimeout(_WORD_SECONDS)
                with suppress(OSError):
                    if client.recv(len(word), socket.MSG_WAITALL) == word.encode():
                        return True
    return False


class _Talk:
    """Questions to the program in the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: str, **arguments: object) -> dict[str, Any]:
        if self._streams is None:
            self._streams = await asyncio.open_unix_connection(sock=self._sandbox.socket)
        reader, writer = self._streams
        writer.write(json.dumps([question, arguments]).encode() + b"\n")
        line = b""
        with suppress(ConnectionError):
            line = await reader.readline()
        if not line:
            status = await self._sandbox.wait()
            raise SandboxError(
                f"A sandbox was tried, and its Python ended with status {status} when asked to "
                f"{question.replace('_', ' ')}: {self._sandbox.stderr() or 'no reason given'}"
            )
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def close(self) -> None:
        if self._streams is None:
            self._sandbox.socket.close()
            return
        self._streams[1].close()
        with suppress(ConnectionError):
            await self._streams[1].wait_closed()


def _check(kept: bool, promise: str, seen: str) -> None:
    if not kept:
        raise SandboxError(
            f"Sandboxes don't keep their promise here that {promise}: {seen}. Code that isn't "
            "trusted can't be run on this machine as it is set up; run the runtime as root, or on "
            "a machine with a kernel of its own (a virtual machine)."
        )


def _check_user(sandbox: Sandbox) -> None:
    try:
        user = Path(f"/proc/{sandbox.pid}").stat().st_uid
    except (ProcessLookupError, FileNotFoundError):
        return  # it has ended: the first question says so, and why
    _check(user != 0, "it runs as a user without privileges", "it runs as root")


def _alive(processes: set[int]) -> set[int]:
    """Those that haven't ended. A zombie has: it waits for its parent to take note."""
    return {pid for pid in processes if _state(pid) not in ("", "Z", "X")}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def _secret_in(folder: Path) -> Iterator[Path]:
    """A file that everybody could read, if they could reach it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f".probe-{secrets.token_hex(8)}"
    file.touch(mode=0o644)
    try:
        yield file
    finally:
        file.unlink()
