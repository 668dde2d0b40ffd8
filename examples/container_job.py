"""A long job in a container: its logs are followed, and it is cancelled when it has done enough.

Pulls `docker.io/library/python:3.11-slim` the first time. Needs root, or an engine that is set up for the
local runtime: docs/containers.md.
"""

from __future__ import annotations

from cognitora import Cognitora

JOB = """
import itertools, time
for step in itertools.count(1):
    print(f"epoch {step}: loss {1 / step:.3f}", flush=True)
    time.sleep(0.2)
"""
GOOD_ENOUGH = 0.2


def main() -> None:
    with Cognitora.local() as client:
        containers = client.containers
        job = containers.create_container(
            "docker.io/library/python:3.11-slim",
            ["python", "-c", JOB],
            cpu_cores=1,
            memory_mb=128,
            max_cost_credits=10,
            timeout_seconds=600,
        )
        epochs = 0
        for line in containers.follow_logs(job.id):
            print(line, flush=True)
            epochs += 1
            if float(line.rsplit(" ", 1)[1]) <= GOOD_ENOUGH:
                containers.cancel_container(job.id)
                break
        ended = containers.wait_for_completion(job.id)
        print(f"It ended as {ended.status}, after {epochs} epochs.")


if __name__ == "__main__":
    main()
