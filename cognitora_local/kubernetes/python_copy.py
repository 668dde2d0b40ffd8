"""Run in a pod before its container: copies the Python that it is run by, with the agent.

So the agent runs in any image, whatever is in that: it takes along what it imports, the libraries that this
takes, and what loads them. Only the standard library is here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LOADER = re.compile(r"ld-.*\.so(\.\d+)?")
"""What the kernel starts in place of a program that has libraries, by its name."""

WITHOUT = ("_ssl", "_hashlib", "_bz2", "_lzma")
"""What is large, and can be done without."""

IMPORTS = (
    "import concurrent.futures.thread, encodings.ascii, encodings.latin_1, encodings.utf_8, agent.server; "
    "import cognitora_local.filesystem.inside.program"
)
PACKAGES = ("agent", "packages")


def copy(source: Path, to: Path) -> None:
    """`source` is the folder that has the agent in it."""
    sys.path[:0] = [str(source), str(source / "packages")]
    sys.modules.update(dict.fromkeys(WITHOUT))  # type: ignore[arg-type]  # they can't be imported then
    sys.dont_write_bytecode = True
    exec(IMPORTS, {})
    for name in PACKAGES:
        shutil.copytree(source / name, to / name, copy_function=shutil.copyfile)
    copy_modules(to, but=source)
    copy_programs(to)
    # Once here, where it can still leave its bytecode beside it.
    path = f"import sys; sys.path[:0] = {[str(to), str(to / 'packages')]!r}; "
    subprocess.run([*python(to), "-I", "-S", "-c", path + IMPORTS], check=True)


def copy_modules(to: Path, *, but: Path) -> None:
    """Those of the standard library that are imported."""
    library = Path(os.__file__).parent
    target = to / "lib" / library.name
    target.joinpath("lib-dynload").mkdir(parents=True)
    files = [getattr(module, "__file__", None) for module in sys.modules.values()]
    for file in map(Path, filter(None, files)):
        if file.is_relative_to(but):
            continue
        plain = file.suffix == ".py" and file.is_relative_to(library)
        name = file.relative_to(library) if plain else Path("lib-dynload", file.name)
        target.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target / name)


def copy_programs(to: Path) -> None:
    """Python itself, its libraries, and their loader."""
    for name in ("bin", "libraries"):
        to.joinpath(name).mkdir()
    shutil.copy(Path(sys.executable).resolve(), to / "bin" / "python3")
    for file in libraries():
        if file.parent.name == "lib-dynload":
            continue
        if LOADER.fullmatch(file.name):
            shutil.copy(file, to / "loader")
        for link in file.parent.iterdir():
            if link.resolve() == file.resolve():  # what asks for it has one of these names
                shutil.copy(file, to / "libraries" / link.name)


def libraries() -> set[Path]:
    """The files that this process has of programs' libraries."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    files = {Path(line.split(maxsplit=5)[5]) for line in lines if "/" in line}
    return {file for file in files if re.search(r"\.so(\.|$)", file.name)}


def python(folder: Path) -> list[str]:
    """What starts the copy that is in a folder."""
    return [f"{folder}/loader", "--library-path", f"{folder}/libraries", f"{folder}/bin/python3"]
