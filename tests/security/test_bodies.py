"""Attacks by what a request's body holds: few bytes each, and far too many of them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from cognitora_local.shape import excess
from tests.security.conftest import API, Service, User

HEADERS = {"Content-Type": "application/json"}
MILLIONS = 3_000_000
BODIES = {
    "a list of zeros": '{"code": "1", "files": [' + "0," * MILLIONS + "0]}",
    "a list of lists": '{"code": "1", "files": [' + "[]," * MILLIONS + "[]]}",
    "unknown fields": '{"code": "1"' + "".join(f',"{n}":0' for n in range(MILLIONS // 4)) + "}",
    "variables": '{"code":"1","environment":{'
    + ",".join(f'"{n}":""' for n in range(MILLIONS // 4))
    + "}}",
    "lists in lists": '{"code": ' + "[" * 10**6 + "]" * 10**6 + "}",
    "more ends than beginnings": "[" * 51 + "]" * MILLIONS * 10,
    "quotes": '{"code": ' + '"' * MILLIONS * 4,
    "backslashes": '{"code": "' + "\\\\[," * MILLIONS + '", "files": [' + "0," * 10**4 + "0]}",
    "many wrong arguments": json.dumps({"image": "a", "command": [0] * 4000}),
    "a thousand wrong files": json.dumps({"code": "1", "files": [{"name": 0}] * 1000}),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_of_millions_of_values_is_refused_at_once(
    service: Service, attacker: User, body: str
) -> None:
    before = service.memory_mb()
    path = "/api/v1/compute/containers" if "image" in body[:20] else f"{API}/execute"
    begun = time.monotonic()
    answer = attacker.http.post(path, content=body.encode(), headers=HEADERS)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) < 300
    assert time.monotonic() - begun < 5  # it was a minute; most of this is a busy machine's
    assert service.memory_mb() - before < 200  # and gigabytes


def test_code_may_hold_whatever_it_likes(attacker: User) -> None:
    text = '[{,\\"' * 20_000
    assert attacker.printed(f"print(len({text!r}))") == str(len(text))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([0] * 99, None),
        ([0] * 101, "more than 100 values"),
        ([[[[[]]]]], None),
        ([[[[[[]]]]]], "more than 5 lists and objects inside of each other"),
        (["[[[[[[[" * 50, ',"' * 50, "\\", '\\"', ["]]", "{"]], None),
        ({"\\" * n: '"' * n for n in range(60)}, None),
        ({f"[{n}": "," * n for n in range(120)}, "more than 100 values"),
    ],
)
def test_values_and_depth_are_counted_outside_of_texts(value: Any, found: str | None) -> None:
    assert excess(json.dumps(value).encode(), 100, 5) == found
