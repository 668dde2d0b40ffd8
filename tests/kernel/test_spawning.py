"""multiprocessing by other ways than fork, with what the session has defined."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import Session, text

SESSION = (
    "import math, multiprocessing\n"
    "from collections import namedtuple\n"
    "from concurrent.futures import ProcessPoolExecutor\n"
    "Pair = namedtuple('Pair', 'a b')\n"
    "FACTOR = 2\n"
    "computed, kind = [math.factorial(3)], type(math.factorial(3))\n"
    "print('runs once')\n"
    "class Number:\n    def __init__(self, n): self.n = n\n"
    "def times(number): return Pair(number.n * FACTOR, math.sqrt(number.n))\n"
    "def uses_computed(n): return n * computed[0]\n"
    "exec('def made(n): return n')\n"
)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
async def test_children_that_begin_afresh_know_the_session(session: Session, method: str) -> None:
    outcome = await session.run(SESSION)
    assert text(outcome) == "runs once\n"
    outcome = await session.run(
        f"context = multiprocessing.get_context('{method}')\n"
        "with context.Pool(1) as pool:\n    print(pool.map(times, [Number(4), Number(9)]))\n"
        "with ProcessPoolExecutor(1, mp_context=context) as executor:\n"
        "    print(executor.submit(times, Number(16)).result())\n"
        "def work(queue): queue.put('sent')\n"
        "queue = context.Queue()\n"
        "process = context.Process(target=work, args=(queue,))\n"
        "process.start()\nprint(queue.get(timeout=20))\nprocess.join()"
    )
    assert outcome.errors == []
    assert text(outcome) == "[Pair(a=8, b=2.0), Pair(a=18, b=3.0)]\nPair(a=32, b=4.0)\nsent\n"


async def test_what_a_child_cannot_know_is_refused_at_once(session: Session) -> None:
    await session.run(SESSION)
    await session.run("context = multiprocessing.get_context('spawn')")
    for work in (
        "with context.Pool(1) as pool: pool.map(made, [1])",
        "with ProcessPoolExecutor(1, mp_context=context) as pool: pool.submit(made, 1).result()",
        "context.Process(target=made, args=(1,)).start()",
    ):
        outcome = await session.run(work)
        assert "made isn't known to a process that was begun by 'spawn'" in outcome.errors[0], work
    outcome = await session.run("with context.Pool(1) as pool: pool.map(uses_computed, [1])")
    assert outcome.errors == ["NameError: name 'computed' is not defined"]


@pytest.mark.parametrize("made", ["Odd()", "Odd.of(3)", "[Odd.of(3)]"])
async def test_a_value_whose_class_a_child_cannot_make_is_told(session: Session, made: str) -> None:
    await session.run(
        SESSION
        + "class Odd(kind):\n    size = computed[0]\n    of = classmethod(lambda cls, n: cls(n))\n"
        "def size(odd): return (odd[0] if isinstance(odd, list) else odd).size\n"
        "context = multiprocessing.get_context('spawn')"
    )
    outcome = await session.run(f"with context.Pool(1) as pool: pool.map(size, [{made}])")
    assert outcome.status == "failed"
    assert "Odd isn't known to a process that was begun by 'spawn'" in outcome.errors[0]


async def test_by_fork_everything_is_known(session: Session) -> None:
    await session.run(SESSION)
    outcome = await session.run(
        "with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "    print(pool.map(made, [1]), pool.map(uses_computed, [1]))"
    )
    assert text(outcome) == "[1] [6]\n"


async def test_nothing_is_known_as_it_was_before(session: Session) -> None:
    await session.run(
        "import multiprocessing\n"
        "context = multiprocessing.get_context('spawn')\n"
        "rate = 1\ndef made(): return 'before'\ndef kept(rate=rate): return rate"
    )
    await session.run(
        "rate += 1\nmade = open('/dev/null')\ntotal = len('four')"
        "\nfar = 1\nfar = float('inf')\nhuge = 1\nhuge <<= 20_000"
    )
    await session.run(
        "def use(_): return rate, total, kept(), 'made' in globals(), far, 'huge' in globals()"
    )
    outcome = await session.run("with context.Pool(1) as pool: print(pool.map(use, [0]))")
    assert (outcome.errors, text(outcome)) == ([], "[(2, 4, 1, False, inf, False)]\n")
    await session.run("rate = 5\ndef made(): return 'after'")
    outcome = await session.run("with context.Pool(1) as pool: print(pool.map(use, [0]))")
    assert (outcome.errors, text(outcome)) == ([], "[(5, 4, 1, True, inf, False)]\n")


async def test_what_was_changed_since_it_was_written_is_not_known_as_it_was_written(
    session: Session,
) -> None:
    await session.run(
        "import multiprocessing, os\ncontext = multiprocessing.get_context('spawn')\n"
        "data = []\nconf = {}\nn = 0\nsame = [1]\n"
        "def raise_n():\n    global n\n    n += 2\n"
        "data.append(5); conf['a'] = 1; raise_n()\n"
        "def made(): return 'before'"
    )
    await session.run(
        "if True:\n    def made(): return 'after'\n    import json as os\n"
        "match [1, 2]:\n    case [same, *more]: pass"
    )
    await session.run(
        "def use(_): return [name in globals() for name in ('data', 'conf', 'os', 'more')], n, same"
    )
    outcome = await session.run("with context.Pool(1) as pool: print(pool.map(use, [0]))")
    assert (outcome.errors, text(outcome)) == ([], "[([False, False, False, False], 2, 1)]\n")
    outcome = await session.run("with context.Pool(1) as pool: pool.map(made, [0])")
    assert "made isn't known to a process that was begun by 'spawn'" in outcome.errors[0]
