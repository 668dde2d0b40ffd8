"""The programs that stand in where the machine has none, and what code can see of how they are found."""

from __future__ import annotations

import pytest

from tests.kernel.conftest import Session, Start, text

NAMES = {
    "python": "import os; print(*[name for name in os.environ if 'COGNITORA' in name])",
    "javascript": "console.log(...Object.keys(process.env).filter(n => n.includes('COGNITORA')))",
    "bash": "env | grep COGNITORA; compgen -v COGNITORA; echo",
}
FOLDER = "/opt/cognitora/bin/node"


@pytest.mark.parametrize(("language", "code"), NAMES.items(), ids=NAMES.keys())
async def test_no_variable_of_the_runtimes_own_can_be_seen(
    start: Start, language: str, code: str
) -> None:
    session = await start(language=language)
    assert text(await session.run(code)) == "\n"
    assert text(await (await start(language=language)).run(code, program=True)) == "\n"


async def lines(bash: Session, code: str) -> list[str]:
    outcome = await bash.run(code, timeout_seconds=60)
    assert outcome.errors == [], outcome
    return text(outcome).splitlines()


async def test_node_npm_and_npx_of_the_wheel(start: Start) -> None:
    bash = await start(language="bash")
    script = "#!/usr/bin/env node\nconsole.log(process.argv[2], process.argv[1])\n"
    (bash.kernel.folder / "tool").write_text(script)
    (bash.kernel.folder / "package.json").write_text(
        '{"name": "a", "version": "1.2.3", "scripts": {"hi": "node tool \\"$npm_package_version\\""}}'
    )
    code = f"export PATH={FOLDER}:$PATH; cp tool run; chmod +x run; ./run 'a  b'; npm run --silent hi; "
    code += (
        "npx --no -c 'node tool c'; which npm npx; (npm --version; npx --version) | sort -u | wc -l"
    )
    assert await lines(bash, code) == [
        "a  b /work/run",
        "1.2.3 /work/tool",
        "c /work/tool",
        f"{FOLDER}/npm",
        f"{FOLDER}/npx",
        "1",
    ]


@pytest.mark.parametrize("name", ["node", "npm", "npx"])
async def test_that_there_is_no_node_is_told(start: Start, name: str) -> None:
    bash = await start(language="bash")
    # The same scripts, led to a Python without the wheel.
    code = f"cp -r {FOLDER} bin; sed -i 's,/opt/cognitora-python,/usr/bin/python3,' bin/node; bin/{name} x"
    outcome = await bash.run(code)
    assert outcome.errors == ["exit code 127"]
    assert text(outcome, "stderr").startswith(
        f"{name}: not found. Install nodejs (and npm) in /usr"
    )
