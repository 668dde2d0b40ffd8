"""A runtime of its own process, as far as its engine goes: to be killed, or to be beside another.

Arguments: the store, the data folder, and the names of persistent containers to make. Says "up" and
the engine's process ids, and then does what is written to its stdin: "close", "keep", "collect".
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from pathlib import Path

from cognitora_local.engine import ContainerSpec, Engine, EngineOptions
from tests.engine.containers.world import BUSYBOX, add_images, image_of


async def main(store: Path, data_dir: Path, *names: str) -> None:
    lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    engine = await Engine.start(EngineOptions(store=store), data_dir)
    await add_images(engine)
    for name in names:
        container = await engine.create(
            ContainerSpec(
                id=name,
                image=await image_of(engine, BUSYBOX),
                command=["sh", "-c", "trap 'exit 7' TERM; echo up; sleep 1000 & wait"],
                persistent=False,
                cpu_cores=1,
                memory_mb=64,
                storage_gb=0.05,
                environment={},
                networking=False,
            )
        )
        await container.start()
        await anext(container.output)
    print("up", flush=True)
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if word == "collect":
            print(await engine.collect(), flush=True)
        else:
            await engine.close(keep=word == "keep")
            print("closed", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
