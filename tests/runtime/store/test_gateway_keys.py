"""Idempotency keys of gateways that share their records: each is claimed by one claim alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import pytest
from starlette.requests import Request
from starlette.responses import Response

from cognitora_local.http.idempotency import Idempotency
from cognitora_local.http.requests import Call
from cognitora_local.store.connection import Unusable
from cognitora_local.store.idempotency import AT_WORK, Claim, KeyTaken, StoredKey
from cognitora_local.store.models import SessionRecord
from tests.postgresql import PostgresqlServer
from tests.runtime.store.conftest import Gateway

T = TypeVar("T")


async def test_a_key_is_claimed_by_one_alone(join: Callable[[], Gateway]) -> None:
    every = [join() for _ in range(3)]
    for number in range(20):
        asked = (
            each.keys.claim(Claim(f"key {number}", b"call", seen=0), recorded=True)
            for each in every
        )
        told = await asyncio.gather(*asked)
        assert [each is None for each in told].count(True) == 1
    one, other, _ = every
    claim = Claim("key", b"call", seen=0)
    assert await one.keys.claim(claim, recorded=True) is None
    with pytest.raises(KeyTaken):
        await other.records.add_session(
            SessionRecord("ses_1", "python", datetime.now(UTC)),
            lambda: other.keys.keep_answer(Claim("key", b"call", 0), "ses_1", 200, b"{}"),
        )
    assert await other.records.session("ses_1") is None
    one.keys.free(claim)
    await one.gateways._renew()  # when that is done, so is what was asked for before
    assert await other.keys.claim(Claim("key", b"call", seen=0), recorded=True) is None
    await other.keys.keep_response("key", b"call", 200, b"done")
    known = await one.keys.claim(Claim("key", b"call", seen=0), recorded=True)
    assert known == StoredKey(b"call", None, 200, b"done", other.gateways.epoch)


async def test_a_claim_is_overwritten_by_no_other_of_its_gateway(
    join: Callable[[], Gateway],
) -> None:
    one, other = join(), join()
    claims = [Claim("key", call, 0) for call in (b"move a file", b"run code")]
    first, then = await asyncio.gather(
        one.keys.claim(claims[0], recorded=False), one.keys.claim(claims[1], recorded=True)
    )
    assert first is None
    assert then is not None
    assert (then.fingerprint, then.answered) == (b"move a file", False)
    one.keys.free(claims[1])  # as it does when it can't hear of the claim's end
    await one.gateways._renew()
    known = await other.keys.claim(Claim("key", b"move a file", 0), recorded=False)
    assert known is not None
    assert (known.gateway, known.status) == (one.gateways.epoch, AT_WORK)
    one.keys.free(claims[0])
    await one.gateways._renew()
    assert await other.keys.claim(claims[1], recorded=True) is None


async def test_a_key_that_is_freed_late_can_be_claimed_again_by_one_alone(
    join: Callable[[], Gateway], postgresql_server: PostgresqlServer
) -> None:
    one, other = join(), join()
    claims = [Claim("key", b"call", 0) for _ in range(3)]
    assert await one.keys.claim(claims[0], recorded=False) is None
    postgresql_server.kill()
    one.keys.free(claims[0])
    waiting = await one.database.do(lambda: one.database.behind)
    postgresql_server.start()
    assert waiting == 1
    assert await usable(lambda: one.keys.claim(claims[1], recorded=False)) is None
    await one.database.do(one.database.write_again)
    one.keys.free(claims[0])
    known = await usable(lambda: other.keys.claim(claims[2], recorded=False))
    assert known is not None
    assert known.gateway == one.gateways.epoch


async def test_what_is_claimed_while_the_records_are_away_waits_for_them_but_once(
    join: Callable[[], Gateway], postgresql_server: PostgresqlServer
) -> None:
    one, other = join(), join()
    idempotency = Idempotency(one.keys, {})
    postgresql_server.kill()
    for number in range(20):
        with pytest.raises(Unusable):
            await idempotency.respond("move", a_call(), f"key {number}", never)
    waiting = await one.database.do(lambda: one.database.behind)
    postgresql_server.start()
    assert waiting == 1  # of the first, which alone was tried
    for number in range(20):
        claim = Claim(f"key {number}", b"call", 0)
        assert await usable(partial(other.keys.claim, claim, recorded=False)) is None
    await usable(lambda: one.database.do(one.database.write_again))
    assert await one.database.do(lambda: one.database.behind) == 0


async def test_who_leaves_while_a_key_is_claimed_leaves_it_free(
    join: Callable[[], Gateway],
) -> None:
    one, other = join(), join()
    idempotency = Idempotency(one.keys, {})
    go_on = threading.Event()
    held = one.database.do(go_on.wait)
    asking = asyncio.create_task(idempotency.respond("move", a_call(), "key", never))
    await asyncio.sleep(0)  # now it waits for the database
    asking.cancel()
    await asyncio.wait([asking])
    go_on.set()
    await held
    await one.gateways._renew()
    assert await other.keys.claim(Claim("key", b"call", 0), recorded=False) is None


def a_call() -> Call:
    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    return Call({}, {}, {}, Request(scope))


async def never(call: Call) -> Response:
    raise AssertionError


async def usable(ask: Callable[[], asyncio.Future[T]]) -> T:
    """What comes of it once the database can be used."""
    async with asyncio.timeout(60):
        while True:
            with suppress(Unusable):
                return await ask()
            await asyncio.sleep(0.05)
