"""Sessions and one-shots by so many gateways, on as many nodes; by the local runtime for 0."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg
from clock import CODE, address, numbers, tell

from cognitora import Cognitora

CALLS, SHOTS, ONE_BY_ONE, CREATED, IDLE, IDLE_SECONDS = 100, 24, 5, 4, 6, 20.0
LABEL = "cognitora.dev/warm"

(COUNT,) = numbers()
where: dict[str, Any] = json.loads(address())


def kubectl(*arguments: str) -> str:
    return subprocess.run(
        [*where["kubectl"], *arguments], capture_output=True, text=True, check=True
    ).stdout


def pods(*choice: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        kubectl("-n", where["place"], "get", "pods", "-o", "json", *choice)
    )["items"]
    return found


def warmed() -> None:
    """Return when nothing but warm pods is there, all of them ready."""
    if not COUNT:
        return time.sleep(0.5)
    while True:
        there = pods()
        ready = [
            pod
            for pod in there
            if LABEL in pod["metadata"]["labels"] and "deletionTimestamp" not in pod["metadata"]
            for each in pod["status"].get("conditions", [])
            if each["type"] == "Ready" and each["status"] == "True"
        ]
        if len(there) == len(ready) == where["warm"]:
            return None
        time.sleep(0.2)


def choose_nodes() -> None:
    """Leave pods to the first nodes alone."""
    for number in range(1, len(where["gateways"]) + 1):
        kubectl("uncordon" if number <= COUNT else "cordon", f"n{number}")
    kubectl("-n", where["place"], "delete", "pods", "-l", LABEL)


def counted() -> dict[str, float]:
    """What the API server and the database have done until now."""
    if not COUNT:
        return {}
    time.sleep(2)  # until the database tells
    told = {"api": 0.0, "watch_events": 0.0, "watch_kb": 0.0}
    names = {
        "apiserver_request_total": "api",
        "apiserver_watch_events_total": "watch_events",
        "apiserver_watch_events_sizes_sum": "watch_kb",
    }
    for line in kubectl("get", "--raw", "/metrics").splitlines():
        found = re.match(r"(\w+)\{(.*)\} (\S+)$", line)
        if found and (name := names.get(found[1])):
            ours = 'resource="pods"' if name == "api" else 'kind="Pod"'
            if ours in found[2]:
                told[name] += float(found[3]) / (1000 if name == "watch_kb" else 1)
    with psycopg.connect(where["database"], autocommit=True) as connection:
        changed = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
        (rows,) = connection.execute(f"{changed} WHERE relname <> 'gateways'").fetchone() or (0,)
    return {**told, "rows": float(rows or 0)}


def spent(before: dict[str, float], calls: int, each: str) -> dict[str, float]:
    """Of what was counted, each call's part."""
    after = counted()
    return {f"{name}_per_{each}": (after[name] - before[name]) / calls for name in before}


def median(call: Callable[[], object], count: int, between: Callable[[], object]) -> float:
    """In milliseconds."""
    times = []
    for _ in range(count):
        between()
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def created(client: Cognitora, resources: dict[str, Any] | None) -> None:
    """Create a session, and have it answer."""
    with client.code_interpreter.session(networking=False, resources=resources) as session:
        assert session.run("1 + 1").text == "2"


def processes(pid: int) -> list[int]:
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in below for each in processes(int(child)))]


def used(client: Cognitora, before: set[str]) -> tuple[float, float]:
    """MB and seconds of CPU of all sessions: of their pods; or of the runtime's processes."""
    memory = cpu = 0.0
    if COUNT:
        for number in range(1, COUNT + 1):
            told = json.loads(
                kubectl("get", "--raw", f"/api/v1/nodes/n{number}/proxy/stats/summary")
            )
            for pod in told["pods"]:
                reference = pod["podRef"]
                if reference["namespace"] == where["place"] and reference["name"] not in before:
                    memory += pod["memory"]["workingSetBytes"] / 2**20
                    cpu += pod["cpu"]["usageCoreNanoSeconds"] / 1e9
        return memory, cpu
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
            ours = command.startswith(sys.executable.encode()) and b"cognitora_local" in command
            if ours and b"--backend" not in command:
                for pid in processes(int(entry.parent.name)):
                    share = Path(f"/proc/{pid}/smaps_rollup").read_text()
                    memory += int(share.split("Pss:")[1].split()[0]) / 1024
                    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    cpu += (int(fields[11]) + int(fields[12])) / 100
                break
        except OSError:
            continue
    return memory, cpu


with ExitStack() as stack:
    urls = where["gateways"][:COUNT] if COUNT else [where["local"]]
    clients = [stack.enter_context(Cognitora("key", url, timeout=150)) for url in urls]
    client = clients[0]
    figures: dict[str, float] = {}
    if COUNT:
        choose_nodes()
    warmed()

    def one_shot(client: Cognitora = client) -> None:
        assert client.code_interpreter.execute(CODE, networking=False).stdout == "Hello\n"

    with client.code_interpreter.session(networking=False) as session:

        def call() -> None:
            assert session.run("x = 1\nx + 1").text == "2"

        call()
        counts = counted()
        figures["session_ms"] = median(call, CALLS, lambda: None)
        figures |= spent(counts, CALLS, "execution")
    one_shot()
    figures["one_shot_ms"] = median(one_shot, ONE_BY_ONE, warmed)
    figures["warm_ms"] = median(lambda: created(client, None), CREATED, warmed)
    figures["cold_ms"] = median(lambda: created(client, {"memory_mb": 300}), CREATED, warmed)
    warmed()
    counts = counted()
    began = time.perf_counter()
    with ThreadPoolExecutor(2 * max(COUNT, 1)) as threads:
        turns = cycle(clients)
        list(threads.map(lambda client: one_shot(client), [next(turns) for _ in range(SHOTS)]))
    figures["one_shots_per_second"] = SHOTS / (time.perf_counter() - began)
    warmed()
    figures |= spent(counts, SHOTS, "one_shot")
    free = used(client, set())[0] if not COUNT else 0.0
    for _ in range(IDLE):
        session = stack.enter_context(client.code_interpreter.session(networking=False))
        assert session.run("x = 1").ok
    others = {pod["metadata"]["name"] for pod in pods("-l", LABEL)} if COUNT else set()
    time.sleep(IDLE_SECONDS)  # a kubelet looks from time to time
    memory, cpu = used(client, others)
    time.sleep(IDLE_SECONDS)
    figures["idle_mb"] = (memory - free) / IDLE
    figures["idle_millicores"] = (used(client, others)[1] - cpu) / IDLE_SECONDS / IDLE * 1000
    tell(**figures)
