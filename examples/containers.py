"""A pipeline in one container: data goes in, a program works on it, the result comes out.

Pulls `docker.io/library/python:3.11-slim` the first time. Needs root, or an engine that is set up for the
local runtime: docs/containers.md.
"""

from __future__ import annotations

from cognitora import Cognitora, WaitTimeoutError

IMAGE = "docker.io/library/python:3.11-slim"
PROGRAM = """
import collections, json
words = open("text.txt").read().split()
json.dump(collections.Counter(words).most_common(2), open("counted.json", "w"))
print(len(words), "words")
"""


def main() -> None:
    with Cognitora.local() as client:
        with client.containers.container(
            IMAGE, cpu_cores=1, memory_mb=256, max_cost_credits=10, timeout_seconds=600
        ) as container:
            container.upload(b"the cat and the dog and the bird", "text.txt")
            done = container.run(["python", "-c", PROGRAM], timeout_seconds=60)
            print("It counted", done.output.strip())
            print("The most frequent:", container.download("counted.json").decode())

        # What never ends is stopped, and what it had printed is there.
        endless = client.containers.create_container(
            IMAGE, ["python", "-uc", "print('on it')\nwhile True: pass"], 1, 256, 5
        )
        try:
            client.containers.wait_for_completion(endless.id, timeout_seconds=3)
        except WaitTimeoutError:
            client.containers.cancel_container(endless.id)
        print("Cancelled, after:", client.containers.get_container_logs(endless.id).strip())


if __name__ == "__main__":
    main()
