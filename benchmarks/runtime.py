"""What the local runtime costs, beside a bare sandbox and Jupyter's kernels."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.measure import Contestant, Goal, Row
from benchmarks.peers import JUPYTER, LOCAL

LANGUAGES = ("python", "javascript", "bash")


@contextmanager
def runtime(*options: str) -> Iterator[str]:
    """A runtime whose key is "key"; its address."""
    command = [str(LOCAL.python()), "-P", "-m", "cognitora_local", "--api-key", "key", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["base_url"]
        finally:
            process.terminate()


SESSION = Row(
    "session",
    "A line of code in a session, over HTTP; and in an ipykernel, over ZeroMQ",
    [
        *(Contestant(language, LOCAL, "session.py", [language, 300]) for language in LANGUAGES),
        Contestant("ipykernel", JUPYTER, "kernel.py", [300]),
    ],
    [Goal("ms", language, "ipykernel", at_most=0.6) for language in LANGUAGES],
    server=runtime,
)

ONE_SHOT = Row(
    "one-shot",
    "A line of Python in a fresh sandbox, one after the other, with a pause between",
    [
        Contestant("runtime", LOCAL, "one_shot.py", ["off", 40]),
        Contestant("runtime, network", LOCAL, "one_shot.py", ["on", 40]),
        Contestant("bwrap python3 -c", LOCAL, "bwrap.py", [40]),
    ],
    [Goal("ms", "runtime", "bwrap python3 -c", at_most=1.6)],
    server=runtime,
)

SUSTAINED = Row(
    "sustained",
    "A line of Python in a fresh sandbox each, 8 callers without a pause",
    [
        Contestant("runtime", LOCAL, "sustained.py", [400, 8]),
        Contestant("bwrap python3 -c", LOCAL, "bwrap.py", [400, 8]),
    ],
    [Goal("per_second", "runtime", at_least=40)],
    server=runtime,
)

FIGURE = Row(
    "figure",
    "matplotlib's first figure, in a fresh sandbox",
    [Contestant("runtime", LOCAL, "figure.py", [5])],
    [Goal("ms", "runtime", at_most=1000)],
    server=runtime,
)

PROCESS = Row(
    "process",
    "A process in the background of a session: until its first byte, and 100 MB of text through all",
    [
        Contestant("first byte", LOCAL, "process.py", ["first", 40]),
        Contestant("output", LOCAL, "process.py", ["much"]),
    ],
    [Goal("mb_per_second", "output", at_least=200)],
    server=partial(runtime, "--max-log-bytes", "1000000000"),
)

START = Row(
    "start",
    "Cognitora.local(), until it is ready and until its first answer",
    [Contestant("runtime", LOCAL, "starting.py")],
    [Goal("ready_ms", "runtime", at_most=1000), Goal("answer_ms", "runtime", at_most=2000)],
)

IDLE = Row(
    "idle",
    "50 idle Python sessions: the memory of the runtime and all its sandboxes",
    [Contestant("runtime", LOCAL, "idle.py", [50])],
    [Goal("memory_mb", "runtime", at_most=1536)],
    rounds=1,
)

PORT = Row(
    "port",
    "A server in a session by an exposed port: single bytes there and back, 1 GiB each way; and directly",
    [
        Contestant("port", LOCAL, "port.py", ["port"]),
        Contestant("direct", LOCAL, "port.py", ["direct"]),
    ],
    [
        Goal(figure, "port", "direct", at_least=0.5)
        for figure in ("trips_per_second", "down_mb_per_second", "up_mb_per_second")
    ],
    server=runtime,
)

ROWS = [SESSION, ONE_SHOT, SUSTAINED, FIGURE, PROCESS, START, IDLE, PORT]
