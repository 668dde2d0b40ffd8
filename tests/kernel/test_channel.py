"""The host's end of a kernel, with real pipes and a real socket in place of a driver."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from functools import partial

from cognitora_local.concurrency.time_slices import SHARE
from cognitora_local.kernel.channel import FREE_SECONDS, Channel
from cognitora_local.kernel.drivers.python_driver.frames import pack

WORK_SECONDS = 0.0002
"""What each piece of a flood costs the loop."""


class Driver:
    """What a driver holds of the channel; what the host is told is in `told`."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._pipes = [os.pipe(), os.pipe()]
        self.told: list[bytes] = []
        self.on_told: Callable[[bytes], None] = lambda _: None
        self.channel = Channel(theirs, self)
        socket.send_fds(self._socket, [pack("ready")], [read for read, _ in self._pipes])

    def write(self, stream: str, data: bytes) -> None:
        os.write(self._pipes[stream == "stderr"][1], data)

    async def until_told(self, count: int) -> None:
        while len(self.told) < count:
            await asyncio.sleep(0)

    def on_text(self, stream: str, data: bytes) -> None:
        self.told.append(data)
        self.on_told(data)

    def on_frame(self, fields: list[str]) -> None:
        raise AssertionError(fields)

    def on_end(self, reason: str | None) -> None:
        raise AssertionError(reason)

    def close(self) -> None:
        self.channel.close()
        self._socket.close()
        for pair in self._pipes:
            for descriptor in pair:
                os.close(descriptor)


async def test_the_pipe_that_is_written_first_is_read_first() -> None:
    driver = Driver()
    await driver.channel.open()

    def write_to_both(data: bytes) -> None:
        if data == b"begin":  # while the host reads from the one, it is written to the other
            driver.write("stderr", b"first")
            driver.write("stdout", b"second")

    driver.on_told = write_to_both
    driver.write("stdout", b"begin")
    await driver.until_told(3)
    driver.close()
    assert driver.told == [b"begin", b"first", b"second"]


async def test_what_is_longer_than_one_read_comes_whole_while_both_are_written() -> None:
    driver = Driver()
    await driver.channel.open()
    for part in range(10):
        for stream in ("stdout", "stderr"):
            await asyncio.to_thread(driver.write, stream, bytes([part]) * 100_000)
    while sum(map(len, driver.told)) < 2_000_000:
        await asyncio.sleep(0)
    driver.close()
    told = b"".join(driver.told)
    assert [told.count(bytes([part])) for part in range(10)] == [200_000] * 10


async def test_those_who_write_without_end_share_a_part_of_the_loop() -> None:
    drivers = [Driver() for _ in range(3)]
    pieces = [0] * len(drivers)

    def go_on(number: int, _: bytes) -> None:
        until = time.thread_time() + WORK_SECONDS
        while time.thread_time() < until:
            pass
        pieces[number] += 1
        drivers[number].write("stdout", b"more")

    for number, driver in enumerate(drivers):
        await driver.channel.open()
        driver.on_told = partial(go_on, number)
        driver.write("stdout", b"begin")
    while min(pieces) * WORK_SECONDS < 2 * FREE_SECONDS:  # what was free is spent
        await asyncio.sleep(0.001)
    pieces[:] = [0] * len(drivers)
    begun = time.perf_counter()
    while min(pieces) < 50:
        await asyncio.sleep(0.001)
    elapsed = time.perf_counter() - begun
    for driver in drivers:
        driver.close()
    assert sum(pieces) * WORK_SECONDS < 1.5 * SHARE * elapsed
    assert max(pieces) < 2 * min(pieces)
