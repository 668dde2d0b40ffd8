import asyncio
import sys
import time

from clock import address, each

from cognitora import Cognitora, CognitoraAsync

what, calls = sys.argv[2], int(sys.argv[3])
ASKED = ("busybox", ["true"], 1.0, 512, 5)


def pause() -> None:
    time.sleep(0.3)  # what is removed after the answer isn't the next call's


def run() -> None:
    with Cognitora("key", address()) as client:

        def call() -> None:
            assert client.containers.run_and_wait(*ASKED).execution.status == "COMPLETED"

        each(call, calls, between=pause)


def ten() -> None:
    async def at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(client.containers.run_and_wait(*ASKED))

    client = CognitoraAsync("key", address())
    with asyncio.Runner() as runner:
        each(lambda: runner.run(at_once()), calls, between=lambda: time.sleep(3))
        runner.run(client.close())


def execute() -> None:
    with (
        Cognitora("key", address()) as client,
        client.containers.container("busybox", 1.0, 512, 50) as container,
    ):

        def call() -> None:
            assert container.run(["true"]).exit_code == 0

        each(call, calls, between=pause)


def process() -> None:
    with (
        Cognitora("key", address()) as client,
        client.containers.container("busybox", 1.0, 512, 50) as container,
    ):

        def call() -> None:
            assert next(iter(container.start(["echo", "x"]))).data == b"x\n"

        each(call, calls, between=pause)


{"run": run, "ten": ten, "exec": execute, "process": process}[what]()
