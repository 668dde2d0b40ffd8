"""How each language's driver is started, and what surrounds the code."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cognitora_local.kernel.drivers.python_driver.frames import INTERRUPT_SIGNALS
from cognitora_local.sandbox import Backend
from cognitora_local.sandbox.bubblewrap import DRIVERS, WORK

PACKAGES = f"{WORK}/.local"
"""The session's own packages of Python and node: see python_driver/environment.py."""


class UnsupportedLanguage(ValueError):
    """There is no driver for this language."""

    def __init__(self, language: str) -> None:
        known = ", ".join(LANGUAGES)
        super().__init__(f"this runtime doesn't run {language!r} yet; it runs {known}")


@dataclass(frozen=True, slots=True)
class Language:
    """A driver, which finds the host's socket at fd 3 and speaks the protocol of `frames`."""

    command: Callable[[Backend], list[str]]
    interrupt_signals: Sequence[int] = (signal.SIGINT,)
    """Signals that interrupt: of an execution, that at its number modulo theirs."""

    @classmethod
    def named(cls, name: str) -> Language:
        """Raises UnsupportedLanguage."""
        try:
            return LANGUAGES[name]
        except KeyError:
            raise UnsupportedLanguage(name) from None


def _python_command(backend: Backend) -> list[str]:
    return [str(backend.python), f"{DRIVERS}/python.py"]


def _bash_command(backend: Backend) -> list[str]:
    # The driver is Python, but the session's Python variables and packages aren't for it.
    return [str(backend.python), "-E", "-S", f"{DRIVERS}/bash.py"]


def _javascript_command(backend: Backend) -> list[str]:
    return [str(backend.python), "-E", "-S", f"{DRIVERS}/javascript.py", backend.node()]


ENVIRONMENT = {
    "MPLBACKEND": "agg",  # in the session itself the driver puts its own backend in place of it
    "MPLCONFIGDIR": "/tmp/matplotlib",  # the sandbox's
    "NPM_CONFIG_PREFIX": PACKAGES,
    "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_CACHE_DIR": "1",
    # Bytecode is told from stale by whole seconds: a module that is written twice in one would stay
    # the first. Installers compile what they install all the same, uv where it is told to.
    "PYTHONDONTWRITEBYTECODE": "1",
    "UV_COMPILE_BYTECODE": "1",
    "PYTHONPATH": f"{DRIVERS}/startup",
    "VIRTUAL_ENV": PACKAGES,  # by which uv finds it
}
"""Of all languages: each can start programs of the others, and install packages for them."""


def around(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a session that asks for this one: its own paths are searched first."""
    together = {**ENVIRONMENT, **environment}
    if "PYTHONPATH" in environment:
        together["PYTHONPATH"] = f"{environment['PYTHONPATH']}:{ENVIRONMENT['PYTHONPATH']}"
    return together


LANGUAGES = {
    "python": Language(_python_command),
    "javascript": Language(_javascript_command, INTERRUPT_SIGNALS),
    "bash": Language(_bash_command),
}
