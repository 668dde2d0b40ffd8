"""What the client costs, beside the published one and bare HTTP libraries."""

from __future__ import annotations

from benchmarks.measure import Contestant, Goal, Row
from benchmarks.peers import AIOHTTP, E2B, FAST, HTTPX, OPENAI, OURS, PUBLISHED
from benchmarks.stub import stub

IMPORT = Row(
    "import",
    "Importing the client, in a fresh interpreter",
    [
        Contestant("client", OURS, "importing.py", ["from cognitora import Cognitora"]),
        Contestant("package", OURS, "importing.py", ["import cognitora"]),
        Contestant("published", PUBLISHED, "importing.py", ["from cognitora import Cognitora"]),
        Contestant("httpx", HTTPX, "importing.py", ["import httpx"]),
        Contestant("e2b", E2B, "importing.py", ["from e2b_code_interpreter import Sandbox"]),
        Contestant("openai", OPENAI, "importing.py", ["from openai import OpenAI"]),
    ],
    [
        Goal("ms", "client", "published", at_most=0.35),
        Goal("ms", "package", at_most=15),
    ],
    rounds=15,
)

SYNC = Row(
    "sync",
    "execute, one call after the other",
    [
        Contestant("core", OURS, "ours_sync.py", [2000]),
        Contestant("fast", FAST, "ours_sync.py", [2000]),
        Contestant("published", PUBLISHED, "published_sync.py", [2000]),
        Contestant("httpx", HTTPX, "httpx_sync.py", [2000]),
    ],
    [
        Goal("cpu_us", "core", "published", at_most=0.6),
        Goal("cpu_us", "fast", "published", at_most=0.6),
    ],
    server=stub,
)


def _flight(size: int) -> Row:
    few = 600 if size < 100 else 512
    return Row(
        f"async-{size}",
        f"execute, {size} calls in flight",
        [
            Contestant("core", OURS, "ours_async.py", [4000, size]),
            Contestant("fast", FAST, "ours_async.py", [8000, size]),
            Contestant("published", PUBLISHED, "published_async.py", [8000, size]),
            Contestant("aiohttp", AIOHTTP, "aiohttp_async.py", [8000, size]),
            Contestant("httpx", HTTPX, "httpx_async.py", [few, size]),
        ],
        [
            Goal("per_cpu_second", "core", "httpx", at_least=8),
            Goal("per_cpu_second", "core", "published", at_least=0.8),
            Goal("per_cpu_second", "fast", "published", at_least=0.8),
        ],
        server=stub,
    )


PARSE = Row(
    "parse",
    "Reading an answer of many outputs with timestamps (microseconds for each output)",
    [
        Contestant("1,000", OURS, "parsing.py", ["ours", 1000]),
        Contestant("1,000 by json", OURS, "parsing.py", ["json", 1000]),
        Contestant("100,000", OURS, "parsing.py", ["ours", 100_000]),
        Contestant("100,000 by json", OURS, "parsing.py", ["json", 100_000]),
    ],
    [
        Goal("us", "1,000", "1,000 by json", at_most=3),
        Goal("us", "100,000", "1,000", at_most=3),
    ],
    rounds=7,
)

MAP = Row(
    "map",
    "map over 10,000 executions, 256 in flight",
    [
        Contestant("map", FAST, "mapping.py", ["map", 10_000, 256]),
        Contestant("bare calls", FAST, "mapping.py", ["bare", 10_000, 256]),
        Contestant("core map", OURS, "mapping.py", ["map", 10_000, 256]),
        Contestant("core bare calls", OURS, "mapping.py", ["bare", 10_000, 256]),
        Contestant("sync map, 16 threads", OURS, "mapping.py", ["sync", 4000, 16]),
    ],
    [
        Goal("per_cpu_second", "map", "bare calls", at_least=0.9),
        Goal("per_cpu_second", "core map", "core bare calls", at_least=0.9),
        Goal("growth_mb", "map", at_most=4),
        Goal("growth_mb", "core map", at_most=4),
    ],
    server=stub,
    rounds=3,
)

ROWS = [IMPORT, SYNC, _flight(64), _flight(256), PARSE, MAP]
