"""An engine of our own: Podman's API service, as a child of the runtime, on a private socket."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path

from ..sandbox.stderr_buffer import StderrBuffer
from ..system import ENVIRONMENT
from . import layers, prerequisites
from .errors import EngineError
from .podman_storage import PodmanStorage
from .users import ids_of_machine

_READY_WITHIN_S = 30
_ENDS_WITHIN_S = 10
_PAUSE_S = 0.01
# How long Podman remembers a command's exit code, and keeps a process for that.
_EXEC_REMEMBERED_S = 10

_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]

[engine]
runtime = "{runtime}"
cgroup_manager = "cgroupfs"
events_logger = "file"
# Locks in memory would be shared with every other Podman of this machine.
lock_type = "file"
tmp_dir = {tmp}
exit_command_delay = {delay}

[engine.runtimes]
{runtime} = [{program}]
"""
# What a command prints goes into pipes of the machine's root, which nobody in a user namespace may
# open by /dev/stdout. With a terminal these are no pipes but the machine's own /dev/null, which stays its.
# For a container's first process see proc.let_own_output.
#
# When memory is used up, the kernel is to take commands before the first process, by which all ends. It
# often takes that one otherwise, small as it is: of a small shell its counters see next to nothing. A score
# may be raised by everyone: https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
_RUNTIME = """\
#!/bin/sh
for word do
    if [ "$word" = exec ]; then
        for number in 1 2; do
            [ ! -p /proc/self/fd/$number ] || chown {owner}:{owner} /proc/self/fd/$number
        done
        score=0
        read score 2> /dev/null < /proc/self/oom_score_adj
        echo $((score < 900 ? score + 100 : 1000)) 2> /dev/null > /proc/self/oom_score_adj
        break
    fi
done
exec {runtime} "$@"
"""
_STORAGE = """\
[storage]
driver = "btrfs"
graphroot = {graph}
runroot = {run}
"""
# Which images may be had is up to whoever maps them: signatures are asked for by nobody.
_POLICY = {"default": [{"type": "insecureAcceptAnything"}]}


class Service:
    """A running `podman system service`. It ends with the thread that started it.

    Attributes:
        socket: where it answers.
    """

    socket: Path

    def __init__(self, storage: PodmanStorage, data_dir: Path) -> None:
        """For `start`."""
        # Not in the data folder itself, whose path may be too long for a socket's.
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        self._folder = storage.run / f"service-{name}"
        self.socket = self._folder / "podman.sock"
        self._storage = storage
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    async def start(cls, storage: PodmanStorage, data_dir: Path) -> Service:
        """Raises EngineError, with what Podman says."""
        service = cls(storage, data_dir)
        await service.restart()
        return service

    async def restart(self) -> None:
        """Start it again, at the same socket. Raises EngineError."""
        await self.stop()
        runtime = prerequisites.runtime()
        async with self._storage.alone():  # the first one writes the store's database
            _forget_ended(self._storage.run)
            await layers.restore(self._storage.graph)
            try:
                await self._start(runtime)
            except BaseException:
                await self.stop()
                raise

    async def stop(self) -> None:
        """End it. Its containers, if there are any left, live on."""
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_ENDS_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self, runtime: str) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        self._configure(runtime)
        config = self._storage.config
        stderr = StderrBuffer()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "TERM", "--"),
                *("podman", "--log-level", "error", "system", "service", "--time", "0"),
                f"unix://{self.socket}",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=stderr.fd,
                # A group of its own: Ctrl-C is for the runtime, which ends the containers first.
                start_new_session=True,
                cwd="/",
                env={
                    **ENVIRONMENT,
                    "HOME": str(config),
                    "CONTAINERS_CONF": str(config / "containers.conf"),
                    "CONTAINERS_STORAGE_CONF": str(config / "storage.conf"),
                },
            )
            async with asyncio.timeout(_READY_WITHIN_S):
                await self._ready(self._process, stderr)
        except TimeoutError as error:
            raise EngineError(
                f"podman's service doesn't answer within {_READY_WITHIN_S} s. {stderr.text()}"
            ) from error
        finally:
            stderr.close()

    async def _ready(self, process: asyncio.subprocess.Process, stderr: StderrBuffer) -> None:
        while process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_unix_connection(self.socket)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(_PAUSE_S)
        raise EngineError(f"podman's service doesn't start: {stderr.text()}")

    def _configure(self, runtime: str) -> None:
        storage, config = self._storage, self._storage.config
        program = config / "runtime"
        ids = ids_of_machine()
        script = _RUNTIME.format(runtime=runtime, owner=ids.first if ids else 0)
        _write_program(program, script)
        containers_conf = _CONTAINERS.format(
            runtime=runtime,
            program=json.dumps(str(program)),
            tmp=json.dumps(str(storage.libpod)),
            delay=_EXEC_REMEMBERED_S,
        )
        storage_conf = _STORAGE.format(
            graph=json.dumps(str(storage.graph)), run=json.dumps(str(storage.run / "graph"))
        )
        (config / "containers.conf").write_text(containers_conf)
        (config / "storage.conf").write_text(storage_conf)
        policy = config / ".config" / "containers" / "policy.json"
        policy.parent.mkdir(parents=True, exist_ok=True)
        policy.write_text(json.dumps(_POLICY))


def _write_program(path: Path, text: str) -> None:
    """In one step: another runtime's engine may be starting it."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o755)
    new.rename(path)


def _forget_ended(run: Path) -> None:
    """Remove what services have left that were killed. Only while none is starting."""
    for folder in run.glob("service-*"):
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(folder / "podman.sock")) != 0:
                shutil.rmtree(folder, ignore_errors=True)
