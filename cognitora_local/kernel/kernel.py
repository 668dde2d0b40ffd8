"""A kernel: a language's interpreter in a sandbox, which runs one piece of code after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cognitora_local.concurrency.completion import to_completion
from cognitora_local.kernel.channel import Channel
from cognitora_local.kernel.drivers.python_driver.frames import pack
from cognitora_local.kernel.exit_reason import exit_reason
from cognitora_local.kernel.frames import FrameError
from cognitora_local.kernel.languages import Language, around
from cognitora_local.kernel.network import KernelNetwork
from cognitora_local.kernel.outputs import Caps, Collector, Outcome, Output
from cognitora_local.kernel.run import Cause, KernelRun, WayOut, everything
from cognitora_local.sandbox import (
    Backend,
    Limits,
    ReachableFilesystem,
    ReachablePorts,
    Refusal,
    RunningCommand,
    RunningSandbox,
    SandboxError,
    Terminal,
    WorkFolder,
)

START_SECONDS = 20.0
"""How long a driver may take to say that it is ready; a few milliseconds are usual."""

GRACE_SECONDS = 1.0
"""How long code may go on after it was told to stop. Then its kernel is killed.

What it waits for a processor doesn't count: a busy machine costs no session its state.
"""

GRACE_AT_MOST_SECONDS = 5.0
"""That with this."""

INTERRUPT_SECONDS = 0.1
"""Between two signals to stop. One is enough, unless it comes just before the code begins."""
END_SECONDS = 0.5
"""How long a process may live that has closed its socket."""

IDLE_BYTES = 2**16
"""How much is read of what threads and subprocesses print between two executions."""


class Kernel:
    """Runs code, one piece at a time; variables, imports and processes stay in between.

    What threads and subprocesses print between two executions opens the outputs of the next one;
    beyond 64 KiB they wait for it. When the kernel ends by itself, `alive` is False and every
    further execution fails.
    """

    def __init__(
        self, language: Language, sandbox: RunningSandbox, limits: Limits, caps: Caps
    ) -> None:
        """For `start`."""
        self.folder = sandbox.folder
        """The work folder, as `start` was told of it."""
        self.networking = sandbox.networking
        self._interrupt_signals = language.interrupt_signals
        self._sandbox = sandbox
        self._limits = limits
        self._caps = caps
        self._channel = Channel(sandbox.socket, self)
        self._collector = Collector(caps)
        self._network = KernelNetwork(sandbox, lambda: self.alive)
        self._execution: KernelRun | None = None  # that has the kernel to itself
        self._running: asyncio.Task[Outcome] | None = None
        self._count = 0
        self._death: str | None = None
        self._killed_because: str | None = None
        self._watching = asyncio.create_task(self._watch())
        self._killing: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    @classmethod
    async def start(
        cls,
        backend: Backend,
        *,
        language: str,
        folder: Path,
        limits: Limits,
        environment: Mapping[str, str],
        name: str,
        networking: bool = True,
        caps: Caps = Caps(),
    ) -> Kernel:
        """Start a kernel whose work folder is `folder`; `networking` is for `Backend.start`.

        Raises UnsupportedLanguage, and SandboxError when the sandbox or the language won't start.
        """
        driver = Language.named(language)
        sandbox = await backend.start(
            driver.command(backend),
            folder=folder,
            limits=limits,
            environment=around(environment),
            name=name,
            networking=networking,
        )
        kernel = cls(driver, sandbox, limits, caps)
        try:
            await kernel._open(language)
        except BaseException:
            await kernel.close()
            raise
        return kernel

    @property
    def alive(self) -> bool:
        return self._death is None

    @property
    def ports(self) -> ReachablePorts:
        """Those of its sandbox's ports that this machine's programs reach."""
        return self._sandbox.ports

    @property
    def filesystem(self) -> ReachableFilesystem:
        """Where its files are, as its code sees them."""
        return self._sandbox.filesystem

    @property
    def address(self) -> str | None:
        """By which another runtime takes it over (`TakenOverKernel`); None: it ends with this one."""
        return self._sandbox.address

    def settle(self) -> None:
        """What was executed last is written down."""
        self._sandbox.settle()

    @property
    def end_reason(self) -> str | None:
        """Why it has ended and its files are gone with it; None where they aren't."""
        return self._sandbox.end_reason

    @property
    def work_folder(self) -> WorkFolder | None:
        """The short way to the files in the work folder; None: `filesystem` is the only one."""
        return self._sandbox.work_folder

    async def execute(
        self,
        code: str,
        *,
        timeout_seconds: float,
        networking: bool,
        environment: Mapping[str, str],
        egress: WayOut = everything,
        program: bool = False,
        stdin: bytes = b"",
        on_output: Callable[[Output], None] | None = None,
        id: str | None = None,
    ) -> Outcome:
        """Run the code, and return how it went. What ran before must have ended.

        `timeout_seconds` counts from now. `environment` is for this execution alone. A `program`
        lasts as long as one of its language would: threads, timers and the like are waited for, and
        what it has registered for its end is run. The kernel is of no use after it. With
        `networking` the sandbox reaches the outside until the execution ends: what it leaves behind
        reaches nothing, and open connections are there again for the next one with `networking`.
        Of the outside it reaches what `egress` names when it begins, and after each `change_egress`.
        `stdin` is what it reads there. `on_output` is called with each piece of output as it comes.
        By its `id` the execution is known to a runtime that takes the kernel over, until `settle`.
        Cancelling interrupts the code: when CancelledError leaves here, it has stopped. Raises
        SandboxError when there is no network to be had, and nothing for what the code does.
        """
        if self._running is not None:
            raise RuntimeError("The kernel runs something else.")
        self._execution = execution = KernelRun(timeout_seconds, self._caps, id)
        variables = [text for pair in environment.items() for text in pair]
        command = ["program" if program else "execute", code, *variables]
        way_out = egress if networking else None
        self._running = asyncio.create_task(
            self._run_alone(execution, command, way_out, stdin, on_output)
        )
        self._running.add_done_callback(self._note_end)
        try:
            return await asyncio.shield(self._running)
        except asyncio.CancelledError:
            await self.interrupt()
            raise

    def check_network(self, *, networking: bool, egress: Sequence[str] | None) -> None:
        """Raises SandboxError where its code can't be given such a network, and no other."""
        self._sandbox.check_network(networking=networking, egress=egress)

    async def change_egress(self) -> None:
        """Hold what runs now to what its `egress` names now, if it may reach the outside at all.

        Raises SandboxError when that can't be had; it reaches nothing then.
        """
        await self._network.change()

    async def refused(self) -> list[Refusal]:
        """What was refused of what code wanted to reach, where `egress` said what it may."""
        return await self._sandbox.refused()

    async def exec(
        self,
        command: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        terminal: Terminal | None,
        stdin: bool = True,
        id: str | None = None,
    ) -> RunningCommand:
        """Run a command in the kernel's sandbox, beside the kernel; it ends with that at the latest.

        Raises:
            CommandError: it can't be started.
            SandboxError: the kernel has ended. StartUnanswered: nobody knows whether it was started.
        """
        return await self._sandbox.exec(
            command, folder=folder, environment=environment, terminal=terminal, stdin=stdin, id=id
        )

    async def interrupt(self) -> None:
        """Stop what runs; if it hasn't begun yet it never does. Returns when it has ended."""
        self._stop("interrupted")
        if self._running is not None:
            await asyncio.wait({self._running})

    async def wait(self) -> None:
        """Return when the kernel has ended, for whatever reason."""
        await asyncio.wait({self._watching})

    async def close(self) -> None:
        """End the kernel and all it started. What runs ends as interrupted."""
        if self._execution and self._execution.cause is None:
            self._execution.cause = "closed"
        self._kill("The kernel was closed.")
        await self.wait()
        self._channel.close()

    # What the channel tells

    def on_text(self, stream: str, data: bytes) -> None:
        self._collector.text(stream, data)
        self._keep_within_caps()

    def on_frame(self, fields: list[str]) -> None:
        kind, *values = fields
        match kind, self._execution:
            case "display", _:
                self._collector.display(values)
            case "update", _:
                self._collector.display(values, update=True)
            case "clear", _:
                self._collector.clear(wait=values == ["wait"])
            case "result", KernelRun():
                self._collector.result(values)
            case "error", KernelRun() as execution if len(values) == 2:
                self._collector.error(values[1])
                execution.raised(values[0])
            case "done", KernelRun() as execution if values[:1] == [str(self._count)]:
                execution.end(completed=values[-1] == "completed")
            case _:
                raise FrameError(f"a frame {kind[:20]!r} was out of place")
        self._keep_within_caps()

    def on_end(self, reason: str | None) -> None:
        if reason:
            self._kill(f"The kernel broke its protocol and was killed: {reason}.")
        else:  # it is about to end, most likely
            why = "The kernel closed its connection, so it was killed."
            asyncio.get_running_loop().call_later(END_SECONDS, self._kill, why)

    async def _open(self, language: str) -> None:
        opening = asyncio.create_task(self._channel.open())
        try:
            await asyncio.wait({opening}, timeout=START_SECONDS)
            if opening.done() and opening.exception() is None:
                return
        finally:
            opening.cancel()
        await asyncio.wait({self._watching}, timeout=END_SECONDS)  # by itself, to tell its status
        self._kill(f"It didn't say within {START_SECONDS:g} s that it is ready.")
        await self.wait()
        raise SandboxError(f"The {language} driver didn't start in its sandbox. {self._death}")

    async def _run_alone(
        self,
        execution: KernelRun,
        command: list[str],
        way_out: WayOut | None,
        stdin: bytes,
        on_output: Callable[[Output], None] | None,
    ) -> Outcome:
        try:
            if self._death is None:
                await self._network.set(way_out)
            execution.begin(self._sandbox.cpu_ms())
            if self._death:
                execution.end(death=self._death)
            elif execution.cause is None:  # else it was stopped before it began
                self._collector.listen(on_output)
                self._sandbox.fill_stdin(stdin)
                await self._run(execution, *command)
        finally:
            await self._let_go()
        return self._outcome(execution)

    async def _let_go(self) -> None:
        """Nothing runs in it any more."""
        self._execution = None
        self._cancel_timers()
        self._sandbox.fill_stdin(b"")
        await to_completion(self._network.shut())

    def _outcome(self, execution: KernelRun) -> Outcome:
        collector, self._collector = self._collector, Collector(self._caps)
        if self.alive:  # what came as it ended was counted to what it had put out
            self._channel.resume()
        usage = self._sandbox.usage()
        return execution.outcome(collector.finish(), usage, state_lost=not self.alive)

    def _note_end(self, _: asyncio.Task[Outcome]) -> None:
        self._running = None

    async def _run(self, execution: KernelRun, kind: str, *fields: str) -> None:
        self._count += 1
        if execution.id is not None:
            await self._sandbox.begin(execution.id, self._count)
        self._after(execution.timeout_seconds, lambda: self._stop("timeout"))
        self._channel.resume()
        with suppress(OSError):  # the kernel has ended, which `ended` tells
            await self._channel.send(pack(kind, str(self._count), *fields))
        await execution.ended

    def _keep_within_caps(self) -> None:
        if self._execution:
            if self._collector.full:
                self._stop("flood")
        elif self._collector.size >= IDLE_BYTES or self._collector.full:
            self._channel.pause()

    def _stop(self, cause: Cause) -> None:
        """Interrupt the code now, and kill the kernel if it hasn't ended after the grace."""
        if self._execution and self._execution.cause is None:
            self._execution.cause = cause
            self._channel.hurry()
            with suppress(ProcessLookupError):
                starved, now = self._sandbox.starved_seconds(), time.monotonic()
                self._after(GRACE_SECONDS, lambda: self._end_grace(now, starved))
                self._send_interrupt()

    def _end_grace(self, since: float, starved: float) -> None:
        """Kill the kernel if it has had its time since then, or else when it will have had that."""
        with suppress(ProcessLookupError):
            spent = time.monotonic() - since
            left = GRACE_SECONDS - spent + self._sandbox.starved_seconds() - starved
            if left > INTERRUPT_SECONDS and spent < GRACE_AT_MOST_SECONDS:
                self._after(left, lambda: self._end_grace(since, starved))
            else:
                self._kill(
                    "The kernel was killed, because its code went on after it was told to stop."
                )

    def _send_interrupt(self) -> None:
        with suppress(ProcessLookupError):
            self._sandbox.signal(
                self._interrupt_signals[self._count % len(self._interrupt_signals)]
            )
            self._after(INTERRUPT_SECONDS, self._send_interrupt)

    def _kill(self, why: str) -> None:
        if self.alive and self._killing is None:
            self._killed_because = why
            self._killing = asyncio.create_task(self._sandbox.kill())

    async def _watch(self) -> None:
        status = await self._sandbox.wait()
        death = "The kernel ended by itself."
        try:
            await self._channel.drain()
            death = self._killed_because or exit_reason(status, self._sandbox, self._limits)
        finally:  # whatever goes wrong here: who waits for the code waits for nothing more
            self._death = death
            if self._execution:
                self._execution.end(death=death)
            await self._sandbox.kill()  # gives back what it held

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, call))

    def _cancel_timers(self) -> None:
        while self._timers:
            self._timers.pop().cancel()
