"""A start of which nobody knows whether it was one: its key is used up, so that nothing runs twice."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cognitora_local.concurrency.background_tasks import BackgroundTasks
from cognitora_local.http.errors import ApiError, unavailable
from cognitora_local.processes.process import End, StartUnknown
from cognitora_local.processes.registry import ProcessRegistry
from cognitora_local.sandbox import Program
from cognitora_local.settings import Settings
from cognitora_local.store.database import Database
from cognitora_local.store.idempotency import Claim, IdempotencyKeys
from cognitora_local.store.processes import ProcessStore
from cognitora_local.store.sqlite import SqliteConnection

BROKEN = unavailable("engine_unavailable", "The engine broke off.")


class Launcher:
    """Where starting ends so."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def start(self, id: str) -> Program:
        raise self._error

    async def end(self) -> End:
        raise AssertionError


@pytest.mark.parametrize(("error", "used_up"), [(StartUnknown(BROKEN), True), (BROKEN, False)])
async def test_the_key_of_a_start(tmp_path: Path, error: Exception, used_up: bool) -> None:
    with closing(Database(SqliteConnection(tmp_path / "records"))) as database:
        keys = IdempotencyKeys(database)
        registry = ProcessRegistry(ProcessStore(database, keys), BackgroundTasks(), Settings())
        claim = Claim("key", b"call", seen=0.0)
        with pytest.raises(ApiError, match="broke off"):
            await registry.start({"command": ["a"]}, Launcher(error), claim)
        known = await keys.claim(Claim("key", b"call", seen=0), recorded=True)
        assert (known is not None) == used_up
        (record,) = (await registry.store.page(limit=2)).rows
        assert (record.status, record.reason) == ("FAILED", "The engine broke off.")
        if known is not None:
            assert known.execution_id == record.id
