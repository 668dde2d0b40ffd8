"""The session's own virtual environment: ~/.local, made the first time that something is installed.

It lies on top of the environment that runs the code (the base), whose packages count as installed
and are never changed. As ~/.local it is also what `pip install --user` and `npm install --global`
install into, so there is one place for packages, and one for their programs, which PATH names.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

FOLDER = "/work/.local"
PYTHON = f"{FOLDER}/bin/python"
PACKAGES = f"{FOLDER}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
BASE = f"{PACKAGES}/_base.pth"
"""The file that makes the base's packages importable. It is written last."""

CHANGING = {"install", "uninstall", "sync"}
"""Commands of pip and `uv pip` that need an environment that can be changed."""

TICK = 50_000_000
"""Nanoseconds that a file system may take for one moment: what changes twice in it may look the same."""

_seen = 0
_read: set[tuple[str, int]] = set()


def begin() -> None:
    """At the start of the base's Python: go on in the session's environment, if that's for it.

    That is for a program that installs packages. Others find the packages that are there.
    """
    installs = _installs(sys.orig_argv)
    if installs is None or not (installs or os.path.exists(BASE)):
        adopt()
    else:
        _go_on()


def adopt() -> None:
    """Let this process find what is installed in the session by now, before the base's packages.

    Costs a microsecond when nothing has changed.
    """
    global _seen
    try:
        changed = os.stat(PACKAGES).st_mtime_ns
    except OSError:
        return
    if changed == _seen or not os.path.exists(BASE):
        return
    from time import time_ns

    _seen = changed if time_ns() - changed > TICK else 0
    try:
        _adopt()
    except Exception as error:  # noqa: BLE001  # what code may have made of the folder
        sys.stderr.write(f"The packages in {PACKAGES} can't be found: {error}\n")


def _adopt() -> None:
    sys.path_importer_cache.pop(PACKAGES, None)
    found = _paths()
    bases = [sys.path.index(path) for path in _base() if path in sys.path]
    index = min(bases, default=len(sys.path))
    sys.path[index:index] = found
    if os.path.exists(PYTHON):
        sys.executable, sys.prefix, sys.exec_prefix = PYTHON, FOLDER, FOLDER
        os.environ["VIRTUAL_ENV"] = FOLDER


def make() -> None:
    """Make the environment, unless it is there. Raises OSError and CalledProcessError."""
    import fcntl

    os.makedirs(FOLDER, exist_ok=True)
    lock = os.open(FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two programs may be the first
        if not os.path.exists(BASE):
            _make()
    finally:
        os.close(lock)


def _make() -> None:
    from importlib.util import find_spec
    from venv import EnvBuilder

    has_pip = find_spec("pip") is not None
    EnvBuilder(system_site_packages=True, symlinks=True, with_pip=not has_pip).create(FOLDER)
    if has_pip:
        for name in ("pip", "pip3"):
            _write(f"{FOLDER}/bin/{name}", PIP, mode=0o755)
    _write(f"{BASE}.new", "".join(f"{line}\n" for line in _lines()), mode=0o644)
    os.rename(f"{BASE}.new", BASE)


def _lines() -> Iterator[str]:
    """For a .pth file that puts the base's packages on the path, and reads their own .pth files once.

    PREFIXES is emptied: else the folders of the Python that the base was made from would be searched.
    """
    yield from _base()  # as plain lines, by which pip's isolated builds can tell them
    read = ", ".join(f"site.addsitedir({path!r})" for path in _base())
    yield f"import site; len(site.PREFIXES) > 1 and (site.PREFIXES.clear(), {read})"


PIP = f"""#!{PYTHON}
import sys
from pip._internal.cli.main import main
sys.exit(main())
"""


def _go_on() -> NoReturn:
    try:
        make()
    except Exception as error:  # noqa: BLE001  # whatever it is, nothing can be installed
        sys.stderr.write(f"The session's environment {FOLDER} can't be made: {error}\n")
        sys.stderr.flush()
        os._exit(1)
    os.execv(PYTHON, [PYTHON, *sys.orig_argv[1:]])


def _installs(arguments: list[str]) -> bool | None:
    """Whether a command line of Python's installs packages; None when it isn't pip's or uv's."""
    program, rest = _program(iter(arguments[1:]))
    if program in ("pip", "uv") or program.startswith(("pip3", "pip2")):
        return not CHANGING.isdisjoint(rest)
    return None


def _program(arguments: Iterator[str]) -> tuple[str, list[str]]:
    """The module or script that is run, and its arguments; "" for code and an interactive Python."""
    for argument in arguments:
        if argument.startswith(("-W", "-X", "--check")):
            if argument in ("-W", "-X", "--check-hash-based-pycs"):
                next(arguments, None)
        elif argument.startswith("-c") or argument == "-":
            break
        elif argument.startswith("-") and not argument.startswith("--") and "m" in argument:
            module = argument.partition("m")[2] or next(arguments, "")
            return module, [*arguments]
        elif not argument.startswith("-"):
            return os.path.basename(argument), [*arguments]
    return "", []


def _base() -> list[str]:
    """The folders of the base's packages."""
    global _folders
    if not _folders:
        import site

        _folders = [path for path in site.getsitepackages() if path != PACKAGES]
    return _folders


_folders: list[str] = []


def _paths() -> list[str]:
    """Those that aren't searched yet: the environment's folder, and what its new .pth files name."""
    import site

    _base()  # asked before the files below change what site knows
    before = [*sys.path]
    if PACKAGES not in sys.path:
        sys.path.append(PACKAGES)
    known = set(sys.path)
    for name in sorted(os.listdir(PACKAGES)):
        if name.endswith(".pth") and name != "_base.pth":  # the base is here already
            file = (name, os.stat(f"{PACKAGES}/{name}").st_mtime_ns)
            if file not in _read:
                _read.add(file)
                site.addpackage(PACKAGES, name, known)
    found = [path for path in sys.path if path not in before]
    sys.path[:] = [path for path in sys.path if path not in found]
    return found


def _write(path: str, text: str, *, mode: int) -> None:
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
