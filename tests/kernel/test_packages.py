"""Packages that code installs: a virtual environment in the session, on top of the one that runs the code."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import pytest_asyncio

from tests.kernel.conftest import Session, Start, text

OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/work/wheels", "PIP_QUIET": "1"}
PIP = """
import os, subprocess, sys

def pip(*arguments):
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
"""
BACKEND = """
import zipfile

def build_editable(folder, settings=None, metadata=None):
    name = "in_work-1.0"
    with zipfile.ZipFile(f"{folder}/{name}-py3-none-any.whl", "w") as wheel:
        about = {
            "METADATA": "Metadata-Version: 2.1\\nName: in-work\\nVersion: 1.0\\n",
            "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
            "RECORD": "",
        }
        for file, content in about.items():
            wheel.writestr(f"{name}.dist-info/{file}", content)
        wheel.writestr("in_work.pth", "/work/project/source")
    return f"{name}-py3-none-any.whl"
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def add_wheel(
    session: Session, name: str, version: str, files: dict[str, str], *, needs: str = ""
) -> None:
    """Put a wheel into the session's folder of wheels."""
    stem = f"{name.replace('-', '_').replace('.', '_')}-{version}"
    folder = session.kernel.folder / "wheels"
    folder.mkdir(exist_ok=True)
    described = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + (f"Requires-Dist: {needs}\n" if needs else ""),
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        for file, content in files.items():
            wheel.writestr(file.replace("DIST-INFO", f"{stem}.dist-info"), content)
        for file, content in described.items():
            wheel.writestr(f"{stem}.dist-info/{file}", content)


def add_fresh(session: Session) -> None:
    for version in ("1.0", "2.0"):
        add_wheel(
            session,
            "fresh",
            version,
            {
                "fresh.py": f"version = '{version}'\ndef main(): print('fresh', version)\n",
                "DIST-INFO/entry_points.txt": "[console_scripts]\nfresh = fresh:main\n",
            },
        )


@pytest_asyncio.fixture(loop_scope="session")
async def session(start: Start) -> Session:
    return await start(environment=OFFLINE)


@pytest_asyncio.fixture(loop_scope="session")
async def bash(start: Start) -> Session:
    return await start(environment=OFFLINE, language="bash")


async def printed(session: Session, code: str) -> list[str]:
    """The lines that it prints; it must do well."""
    outcome = await session.run(code, timeout_seconds=120)
    assert outcome.errors == [], outcome
    return text(outcome).splitlines()


async def test_nothing_is_made_before_something_is_installed(session: Session) -> None:
    code = PIP + "pip('list'); pip('freeze'); print(os.listdir(), sys.prefix == sys.base_prefix)"
    assert await printed(session, code) == ["[] False"]
    path = await session.value("[path for path in sys.path if 'cognitora' in path]")
    assert path == "[]"


async def test_a_package_is_installed_changed_and_removed(session: Session) -> None:
    add_fresh(session)
    code = PIP + "pip('install', 'fresh==1.0')\nimport fresh\nprint(fresh.version, sys.prefix)"
    assert await printed(session, code) == ["1.0 /work/.local"]
    run = "; os.system('fresh'); os.system('python -c \"import fresh; print(fresh.version)\"')"
    assert await printed(session, "pip('install', 'fresh==2.0')" + run) == ["fresh 2.0", "2.0"]
    assert await printed(session, "pip('install', 'fresh==1.0')" + run) == ["fresh 1.0", "1.0"]
    code = "from importlib.metadata import version; print(version('fresh'))"
    assert await printed(session, code) == ["1.0"]
    code = "pip('uninstall', '--yes', 'fresh'); print(os.path.exists('.local/bin/fresh'))"
    assert await printed(session, code) == ["False"]


async def test_as_people_write_it_in_a_notebook(session: Session) -> None:
    add_fresh(session)
    ask = "\nfrom importlib.metadata import version\nprint(version('fresh'), sys.prefix)"
    await printed(session, "import sys\n%pip install fresh==1.0")
    assert await printed(session, "import fresh" + ask) == ["1.0 /work/.local"]
    assert await printed(session, "!pip install fresh==2.0\n!fresh" + ask) == [
        "fresh 2.0",
        "2.0 /work/.local",
    ]
    code = "%pip uninstall --yes fresh\nimport os; print(os.path.exists('.local/bin/fresh'))"
    assert await printed(session, code) == ["False"]


async def test_namespace_packages_share_their_name(session: Session) -> None:
    add_wheel(session, "space.one", "1", {"space/one.py": "here = 1"})
    add_wheel(session, "space.two", "1", {"space/two.py": "here = 2"})
    code = (
        PIP + "pip('install', 'space.one')\nimport space.one\n"
        "pip('install', '--user', 'space.two')\nimport space.two\n"
        "print(space.one.here, space.two.here)"
    )
    assert await printed(session, code) == ["1 2"]


async def test_the_bases_packages_count_as_installed_and_are_never_changed(
    bash: Session,
) -> None:
    wanting = {"wanting.py": "import numpy\nprint(numpy.__version__)"}
    add_wheel(bash, "wanting", "1", wanting, needs="numpy")
    add_wheel(bash, "numpy", "9.9", {"numpy.py": "__version__ = 'another'"})
    code = "set -e; own=$(python -c 'import numpy; print(numpy.__version__)')\n"
    code += "pip install wanting; test $(python -m wanting) = $own\n"
    code += "pip install numpy==9.9; python -m wanting\n"
    code += "pip uninstall --yes numpy; test $(python -m wanting) = $own; echo whole"
    assert await printed(bash, code) == ["another", "whole"]


async def test_a_folder_is_installed_in_place(session: Session) -> None:
    project = session.kernel.folder / "project"
    (project / "source").mkdir(parents=True)
    (project / "source" / "in_work.py").write_text("answer = 42")
    (project / "backend.py").write_text(BACKEND)
    (project / "pyproject.toml").write_text(PROJECT)
    code = PIP + "pip('install', '--editable', './project')\nimport in_work\nprint(in_work.answer)"
    assert await printed(session, code) == ["42"]


async def test_an_environment_that_the_code_makes_is_its_own(bash: Session) -> None:
    add_fresh(bash)
    path = "import sys; print([path for path in sys.path if not path.startswith(sys.base_prefix)])"
    code = "set -e; python -m venv env; . env/bin/activate; pip install fresh; fresh; "
    code += f'python -c "{path}"; ls -A'
    version = ".".join(map(str, sys.version_info[:2]))
    assert await printed(bash, code) == [
        "fresh 2.0",
        f"['', '/work/env/lib/python{version}/site-packages']",
        "env",
        "wheels",
    ]


async def test_uv_installs_into_the_session(bash: Session, start: Start) -> None:
    if shutil.which("uv", path=Path(sys.executable).parent) is None:
        pytest.skip("uv is not in the environment that runs the tests: run `make setup`")
    add_fresh(bash)
    code = "uv pip install --quiet --no-index --find-links wheels fresh==1.0; fresh; uv pip list | grep fresh"
    assert [line.split() for line in await printed(bash, code)] == [["fresh", "1.0"]] * 2


async def test_the_next_kernel_of_a_session_finds_what_the_last_installed(start: Start) -> None:
    first = await start(environment=OFFLINE)
    add_fresh(first)
    await printed(first, PIP + "pip('install', 'fresh')")
    second = await start()
    code = "import fresh, sys\nprint(fresh.version, sys.executable)"
    assert await printed(second, code) == ["2.0 /work/.local/bin/python"]


TOOL = """
mkdir tool; cd tool; echo 'module.exports = 42' >lib.js
echo '{"name": "tool", "version": "1.0.0", "bin": {"tool": "cli.js"}, "main": "lib.js"}' >package.json
printf '#!/usr/bin/env node\\nconsole.log("tool", require("./lib"))\\n' >cli.js
npm pack --silent; cd ..
"""


async def test_npm_installs_into_the_session(bash: Session) -> None:
    code = (
        f"set -e{TOOL}npm install --silent ./tool/tool-1.0.0.tgz\n"
        "npx tool; node -p 'require(\"tool\")'\n"
        "npm install --silent --global ./tool/tool-1.0.0.tgz; tool; which tool"
    )
    assert await printed(bash, code) == [
        "tool-1.0.0.tgz",
        "tool 42",
        "42",
        "tool 42",
        "/work/.local/bin/tool",
    ]
