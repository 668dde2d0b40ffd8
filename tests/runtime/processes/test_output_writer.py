"""What the runtime says in a log has an end, however much a program gives it to say."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cognitora_local.processes.output_writer import SAID_BYTES, OutputWriter
from cognitora_local.store.database import Database
from cognitora_local.store.program_outputs import ProgramOutputs
from cognitora_local.store.sqlite import SqliteConnection

REFUSED = [f"Looking up {number:03}{'x' * 240} was refused once" for number in range(256)]
CALLS = 40


async def test_lines_of_the_runtime_dont_fill_the_records(tmp_path: Path) -> None:
    with closing(Database(SqliteConnection(tmp_path / "records.db"))) as database:
        outputs = ProgramOutputs(database)
        changes: list[None] = []
        for _ in range(2):  # a runtime, and one after it
            writer = OutputWriter(
                outputs,
                "ctr_1",
                lambda: changes.append(None),
                limit=10,
                kept=await outputs.kept("ctr_1"),
            )
            for _ in range(CALLS):
                writer.say(REFUSED)
        kept = await outputs.kept("ctr_1")
        assert kept.printed == 0
        assert SAID_BYTES - 300 < kept.all < SAID_BYTES + 300
        lines = b"".join(piece.data for piece in await outputs.read("ctr_1")).splitlines()
        said = {f"[{line}]".encode() for line in REFUSED}
        assert set(lines) - said == {b"", lines[-1]}, "a line is cut"
        assert b"says no more here" in lines[-1]
        assert len(changes) < CALLS
