"""Attacks by what a request's body holds: few bytes each, and far too many of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cognitora_local.http.json_body import STEP, JsonBody
from cognitora_local.untrusted_json import count_values
from tests.security.conftest import API, Service, User
from tests.security.floods import BODIES

HEADERS = {"Content-Type": "application/json"}


@pytest.mark.parametrize("make", BODIES.values(), ids=BODIES.keys())
def test_a_body_of_millions_of_values_is_refused_at_once(
    service: Service, attacker: User, make: Callable[[], str]
) -> None:
    body = make()
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
    ("value", "count"),
    [
        ([0] * 99, 100),
        ([0] * 101, None),
        ([[[[[]]]]], 6),
        ([[[[[[]]]]]], None),
        (["[[[[[[[" * 50, ',"' * 50, "\\", '\\"', ["]]", "{"]], 8),
        ({"\\" * n: '"' * n for n in range(60)}, 61),
        ({f"[{n}": "," * n for n in range(120)}, None),
        ([",[{" * 25], 2),
    ],
)
def test_values_and_depth_are_counted_outside_of_texts(value: Any, count: int | None) -> None:
    assert count_values(json.dumps(value).encode(), 100, 5) == count


def read(text: str, step: int) -> object:
    body = JsonBody()
    for start in range(0, len(text), step):
        body.feed(text[start : start + step])
    assert body.excess is None
    return body.value()


JSON = st.recursive(
    st.none() | st.integers() | st.text('a"\\[]{},:é😀\n') | st.text(min_size=300),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
WRITTEN = st.lists(
    st.sampled_from(['"', "\\", r"\ud83d", r"\ude00", r"\u00", "é", "a" * 300, *"e[]{},: 1"])
)


@given(JSON, st.booleans(), st.integers(1, 100))
@settings(deadline=None)
def test_a_body_means_the_same_in_whatever_pieces_it_comes(
    value: object, ascii: bool, step: int
) -> None:
    assert read(json.dumps(value, ensure_ascii=ascii), step) == value


@given(WRITTEN.map("".join), st.integers(1, 100))
@settings(deadline=None)
def test_what_is_no_json_is_told_in_whatever_pieces_it_comes(text: str, step: int) -> None:
    try:
        expected = json.loads(f'["{text}"]')
        json.dumps(expected, ensure_ascii=False).encode()
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  # as json says it, of a part
            read(f'["{text}"]', step)
    else:
        assert read(f'["{text}"]', step) == expected


@pytest.mark.parametrize(
    "text", ["x", "\\", '"', "é", "😀"], ids=["letters", "backslashes", "quotes", "é", "emoji"]
)
def test_no_step_of_reading_a_large_body_takes_long(text: str) -> None:
    """As long as the least of several readings takes: a busy machine makes some of them longer."""
    written = json.dumps({"code": "1", "files": [{"name": "a", "content": text * 2_000_000}]})

    def longest() -> float:
        body, steps = JsonBody(), list[float]()
        for start in range(0, len(written), STEP):
            begun = time.thread_time()
            body.feed(written[start : start + STEP])
            steps.append(time.thread_time() - begun)
        begun = time.thread_time()
        body.value()
        return max(*steps, time.thread_time() - begun)

    assert min(longest() for _ in range(3)) < 0.01


@pytest.mark.parametrize("make", BODIES.values(), ids=BODIES.keys())
def test_no_step_of_reading_a_bad_body_takes_long(make: Callable[[], str]) -> None:
    body = make()

    def longest() -> float:
        reading, steps = JsonBody(), [0.0]
        with suppress(ValueError):
            for start in range(0, len(body), STEP):
                if reading.excess is not None:
                    break
                begun = time.thread_time()
                reading.feed(body[start : start + STEP])
                steps.append(time.thread_time() - begun)
        return max(steps)

    assert min(longest() for _ in range(3)) < 0.01
