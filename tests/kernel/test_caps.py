"""Floods: stopped, with a clear error, and with what came first."""

from __future__ import annotations

from cognitora_local.kernel import MAX_OUTPUT_BYTES, MAX_OUTPUTS, Caps, Outcome, Output
from tests.kernel.conftest import Session, Start, shown, text


def was_stopped(outcome: Outcome, caps: Caps) -> None:
    assert outcome.status == "failed"
    assert outcome.errors[0].startswith(
        f"The code was stopped: it showed more than {caps.max_bytes:,} bytes, or outputs without end."
    )


async def test_a_flood_of_text(session: Session) -> None:
    outcome = await session.run("kept = 1\nwhile True: print('x' * 9999)")
    was_stopped(outcome, Caps())
    assert text(outcome) == ("x" * 9999 + "\n") * (MAX_OUTPUT_BYTES // 10_000) + "x" * (
        MAX_OUTPUT_BYTES % 10_000
    )
    assert not outcome.state_lost
    assert await session.value("kept") == "1"


async def test_a_flood_from_a_subprocess(session: Session) -> None:
    outcome = await session.run("import subprocess; subprocess.run(['yes'])")
    was_stopped(outcome, Caps())
    assert len(text(outcome)) == MAX_OUTPUT_BYTES
    assert not outcome.state_lost


async def test_a_flood_that_will_not_stop(session: Session) -> None:
    outcome = await session.run(
        "while True:\n    try:\n        while True: print('x' * 9999)\n    except BaseException: pass"
    )
    was_stopped(outcome, Caps())
    assert outcome.state_lost
    assert len(text(outcome)) == MAX_OUTPUT_BYTES


def left_out(caps: Caps) -> str:
    return f"… An execution may show {caps.max_outputs:,} outputs (adjacent text is one): "


async def test_short_outputs_beyond_the_cap_are_left_out(session: Session) -> None:
    outcome = await session.run(
        "for i in range(12_000): display(i)\n'the result'", timeout_seconds=120
    )
    assert outcome.status == "completed"
    *displays, notice, result = shown(outcome)
    assert displays == [("display_data", {"text/plain": str(i)}) for i in range(MAX_OUTPUTS)]
    assert notice[0] == "stderr"
    assert notice[1].startswith(left_out(Caps()))
    assert result == ("execution_result", "'the result'")
    assert not outcome.state_lost


async def test_so_are_many_changes_of_stream(start: Start) -> None:
    caps = Caps(max_outputs=100)
    session = await start(caps=caps)
    code = "import sys\nfor i in range(500): print(i); print(i, file=sys.stderr)\n1 / 0"
    streamed: list[Output] = []
    outcome = await session.run(code, on_output=streamed.append)
    assert outcome.errors == ["ZeroDivisionError: division by zero"]
    assert shown(outcome)[98:100] == [("stdout", "49\n"), ("stderr", "49\n")]
    assert [kind for kind, _ in shown(outcome)[100:]] == ["stderr", "error"]
    assert str(outcome.outputs[100].data).startswith(left_out(caps))
    assert [output.data for output in streamed] == [output.data for output in outcome.outputs]


async def test_outputs_without_end(start: Start) -> None:
    caps = Caps(max_bytes=10_000, max_outputs=100)
    session = await start(caps=caps)
    outcome = await session.run("while True: display('')")
    was_stopped(outcome, caps)
    assert len(outcome.outputs) == 102  # with the notice and the KeyboardInterrupt
    assert await session.value("1") == "1"


async def test_an_output_larger_than_the_cap(start: Start) -> None:
    session = await start(caps=Caps(max_bytes=1000))
    outcome = await session.run("print('first')\ndisplay('x' * 2000)\nprint('last')")
    was_stopped(outcome, Caps(max_bytes=1000))
    assert text(outcome) == "first\n"


async def test_an_output_larger_than_a_frame(session: Session) -> None:
    outcome = await session.run("display({'text/html': 'x' * 2**25}, raw=True)")
    assert outcome.status == "failed"
    assert outcome.errors[0].startswith("ValueError: this output takes 32.0 MiB")
    assert not outcome.state_lost


async def test_a_long_repr_is_shortened(session: Session) -> None:
    outcome = await session.run("'x' * 50_000_000")
    assert outcome.status == "completed"
    assert str(outcome.outputs[0].data).endswith("… (48,951,426 more characters)")


async def test_the_caps_begin_anew(start: Start) -> None:
    session = await start(caps=Caps(max_bytes=1000))
    for _ in range(3):
        outcome = await session.run("print('x' * 900)")
        assert outcome.status == "completed"
        assert len(text(outcome)) == 901
