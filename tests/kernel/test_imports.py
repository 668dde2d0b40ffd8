"""Modules of one's own: imported as they are now, from where the code is now."""

from __future__ import annotations

import itertools

from tests.kernel.conftest import Session, shown, text


async def test_imports_modules_from_the_work_folder(session: Session) -> None:
    outcome = await session.run(
        "with open('mine.py', 'w') as file:\n    print('answer = 42', file=file)\n"
        "import mine\nmine.answer"
    )
    assert shown(outcome) == [("execution_result", "42")]
    assert (session.kernel.folder / "mine.py").read_text() == "answer = 42\n"


async def test_a_module_that_is_rewritten_at_once_is_the_new_one(session: Session) -> None:
    await session.run("import importlib, subprocess, sys")
    module = session.kernel.folder / "again.py"
    for number in range(5):  # of one size, and by far within one second
        module.write_text(f"answer = {number}\n")
        outcome = await session.run(
            "again = importlib.reload(again) if 'again' in globals() else __import__('again')\n"
            "print(again.answer, flush=True)\n"
            "subprocess.run([sys.executable, '-c', 'import again; print(again.answer)']);"
        )
        assert text(outcome) == f"{number}\n{number}\n"


async def test_modules_that_appear_just_now_are_found(session: Session) -> None:
    await session.run("import os, subprocess, sys\nos.mkdir('package')\nimport package")
    for number in range(20):
        outcome = await session.run(
            f"with open('made{number}.py', 'w'): pass\nimport made{number}\n"
            f"subprocess.run(['touch', 'other{number}.py', 'package/sub{number}.py'])\n"
            f"import other{number}, package.sub{number}\n"
            f"sys.path.append('/work/folder{number}')\n"
            f"try:\n    import inner{number}\nexcept ImportError:\n"
            f"    os.mkdir('/work/folder{number}')\n"
            f"    with open('/work/folder{number}/inner{number}.py', 'w'): pass\n"
            f"    import inner{number}"
        )
        assert outcome.errors == []


async def test_imports_look_where_the_code_is(session: Session) -> None:
    for folder, value in (("one", 1), ("two", 2)):
        (session.kernel.folder / folder).mkdir()
        (session.kernel.folder / folder / f"in_{folder}.py").write_text(f"value = {value}")
    outcome = await session.run(
        "import os\nos.chdir('one')\nimport in_one\nos.chdir('../two')\nimport in_two\n"
        "in_one.value, in_two.value"
    )
    assert shown(outcome) == [("execution_result", "(1, 2)")]
    outcome = await session.run(
        "os.chdir('/work'); os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
        "import wave; os.chdir('/work')"
    )
    assert outcome.errors == []


async def test_what_is_missing_is_told_once(session: Session) -> None:
    for name, _ in itertools.product(("nowhere", "os.nowhere"), range(2)):
        outcome = await session.run(f"import {name}")
        assert outcome.errors[0].startswith(f"ModuleNotFoundError: No module named '{name}'")
