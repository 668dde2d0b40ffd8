"""JavaScript that is stopped, or dies: its session stays where that can be, and else it is told."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from cognitora_local.sandbox import Limits
from tests.kernel.conftest import Session, Start, text

FOREVER = {
    "busy loop": "while (true);",
    "busy after an await": "await null; while (true);",
    "busy after a timer": "await new Promise(r => setTimeout(r, 5)); while (true);",
    "busy timer": "setTimeout(() => { while (true); }, 5); await new Promise(() => {})",
    "busy callback": "require('fs').readFile('/etc/passwd', () => { while (true); });"
    "await new Promise(() => {})",
    "await": "await new Promise(() => {})",
    "timer": "await new Promise(r => setTimeout(r, 1e6))",
    "awaits": "for (;;) await null",
    "swallowing": "while (true) try { while (true); } catch {} finally { while (true); }",
    "regular expression": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "execSync": "require('child_process').execSync('sleep 60')",
    "spawnSync": "require('child_process').spawnSync('sleep', ['60'])",
    "inspect": "({ [require('util').inspect.custom]() { while (true); } })",
    "printing": "while (true) process.stdout.write('')",
    "alternating": "while (true) { process.stdout.write(''); process.stderr.write('') }",
}


@pytest_asyncio.fixture(loop_scope="session")
async def js(start: Start) -> Session:
    return await start(language="javascript")


@pytest.mark.parametrize("code", FOREVER.values(), ids=FOREVER.keys())
async def test_timeout_keeps_the_state(js: Session, code: str) -> None:
    await js.run("let kept = 'still here'")
    outcome = await js.run(f"console.log('started');\n{code}", timeout_seconds=0.3)
    assert outcome.status == "timeout"
    assert outcome.errors == ["The code was stopped after 0.3 s, its timeout."]
    assert text(outcome) == "started\n"
    assert not outcome.state_lost
    assert await js.value("kept") == "'still here'"
    assert await js.value("await new Promise(r => setTimeout(r, 5, 'timers work'))") == (
        "'timers work'"
    )


async def test_interrupt(js: Session) -> None:
    running = await js.until_output("console.log('started'); while (true);", "started")
    await js.kernel.interrupt()
    outcome = await running
    assert (outcome.status, outcome.state_lost) == ("interrupted", False)
    assert outcome.errors == ["The code was interrupted."]
    assert str(outcome.outputs[-1].data).startswith("Interrupted")


async def test_an_interrupt_clears_the_timers_of_the_code(js: Session) -> None:
    code = "let ticks = 0; setInterval(() => { ticks++ }, 5);\nawait new Promise(() => {})"
    await js.run(code, timeout_seconds=0.2)
    ticks = await js.value("ticks")
    assert int(ticks) > 0
    assert await js.value("await new Promise(r => setTimeout(r, 50)); ticks") == ticks


async def test_interrupts_at_any_moment_leave_the_session_whole(js: Session) -> None:
    await js.run("let kept = 1")
    code = (
        "for (let i = 0; i < 50; i++) "
        "{ console.log(i); display('x'.repeat(10000)); console.error(i); await null }"
    )
    interrupted = 0
    for round_number in range(30):
        running = asyncio.create_task(js.run(code))
        await asyncio.sleep(0.001 * (round_number % 10))
        await js.kernel.interrupt()
        outcome = await running
        assert outcome.status in ("interrupted", "completed")
        assert not outcome.state_lost
        interrupted += outcome.status == "interrupted"
    assert interrupted > 3
    assert await js.value("kept") == "1"


async def test_abandoned_code_survives_a_garbage_collection(js: Session) -> None:
    await js.run("let kept = 1; await new Promise(() => {})", timeout_seconds=0.2)
    await js.run("setTimeout(() => process.exit(1), 5); await new Promise(() => {})")
    assert await js.value("for (let i = 0; i < 30; i++) new Array(1e6).fill(i); kept") == "1"


DEATHS = {
    "SIGKILL": ("process.kill(process.pid, 'SIGKILL')", "The kernel was ended by SIGKILL."),
    "exit": ("process.reallyExit(5)", "The kernel ended by itself, with exit status 5."),
    "abort": ("process.abort()", "The kernel was ended by SIGABRT."),
    "memory": (
        "const b = []; while (true) b.push(Buffer.alloc(1e6, 1))",
        "The code ran out of memory (256 MB), so it was killed.",
    ),
    "supervisor": (
        "process.kill(process.ppid, 'SIGKILL'); while (true);",
        "The kernel was ended by SIGKILL.",
    ),
    "garbage": (
        "require('fs').writeSync(3, 'garbage frame'); while (true);",
        "The kernel broke its protocol and was killed: a frame of 1,734,439,522 bytes was announced.",
    ),
    "forged": (
        "const field = s => Buffer.concat([Buffer.from([0, 0, 0, s.length]), Buffer.from(s)]);\n"
        "const body = Buffer.concat([field('done'), field('77'), field('completed')]);\n"
        "require('fs').writeSync(3, Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]));\n"
        "while (true);",
        "The kernel broke its protocol and was killed: a frame 'done' was out of place.",
    ),
}


@pytest.mark.parametrize(("code", "reason"), DEATHS.values(), ids=DEATHS.keys())
async def test_deaths_are_told_and_harm_no_other(start: Start, code: str, reason: str) -> None:
    js = await start(language="javascript", limits=Limits(memory_mb=256))
    other = await start(language="javascript", folder="other")
    outcome = await js.run(f"console.log('before'); console.error('said');\n{code}")
    assert (outcome.status, outcome.state_lost) == ("failed", True)
    assert outcome.errors == [reason]
    assert text(outcome) == "before\n"
    assert text(outcome, "stderr").startswith("said\n")
    assert not js.kernel.alive
    assert await other.value("'unharmed'") == "'unharmed'"


async def test_a_heap_that_is_full(start: Start) -> None:
    js = await start(language="javascript", limits=Limits(memory_mb=256))
    outcome = await js.run("const a = []; while (true) a.push(new Array(1000).fill(1.5))")
    assert (outcome.status, outcome.state_lost) == ("failed", True)
    assert (
        "JavaScript heap out of memory" in text(outcome, "stderr") or "memory" in outcome.errors[0]
    )


async def test_everything_printed_before_comes_back(js: Session) -> None:
    outcome = await js.run(
        "for (let i = 0; i < 20000; i++) console.log(i); process.kill(process.pid, 'SIGKILL')"
    )
    assert text(outcome) == "".join(f"{i}\n" for i in range(20_000))
