"""IPython in the session: loaded when code first needs it, so that plain code pays nothing."""

from __future__ import annotations

import sys

from .display import bundles, representations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from .bundle import Bundle
    from .cell import Namespace
    from .connection import Connection
    from .results import Results
    from .shell import Shell

INSTALL = (
    "IPython isn't installed here: pip install ipython, which from Python is "
    "subprocess.run([sys.executable, '-m', 'pip', 'install', 'ipython']), or the extra "
    "cognitora[data] for all sessions. Programs run without it by subprocess.run([...])."
)

COMMANDS = frozenset(
    "alias autoreload cat cd conda cp env hist history less ll load_ext ls lsmagic mamba man "
    "matplotlib mkdir mv pip pwd pylab reload_ext rm rmdir run time timeit uv who whos".split()
)
"""Magics that people type without a `%`, where a line of them is all of the code."""

LINE = 1_000
"""Characters of a line that may be one."""

SYNTAX = r"(?m)^\s*(?:[!%?,;/]|>>> |In \[\d+\]: )|\?\s*$|=\s*[!%]"
"""What lines of IPython's begin with, end with or assign. No code is taken for it that is Python."""


class IPython:
    """IPython's shell on the session's namespace, once something has asked for it."""

    def __init__(self, namespace: Namespace, connection: Connection) -> None:
        self.namespace = namespace
        self.connection = connection
        self._results: Results | None = None
        self.number = 0
        """Of the execution that runs."""
        self.shell: Shell | None = None
        """None until IPython is loaded."""

    def get(self) -> Shell:
        """The builtin `get_ipython`."""
        return self.load() or _missing(NameError(f"get_ipython: {INSTALL}"))

    def load(self) -> Shell | None:
        """The shell; None when there is no IPython."""
        if self.shell is None:
            try:
                import IPython  # noqa: F401  # by which `start` is called
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] != "IPython":
                    raise
        return self.shell

    def start(self, _module: ModuleType) -> None:
        """Make the shell, now that somebody has imported IPython."""
        from .shell import Shell

        self.shell = Shell.instance(session=self)

    def wants(self, source: str) -> bool:
        """Whether it is a line with a magic, although Python may take it too: `ls -l`."""
        words = source.split(None, 1) if len(source) < LINE else []
        return (
            bool(words)
            and words[0] in COMMANDS
            and "\n" not in source.strip()
            and words[0] not in sys.modules["__main__"].__dict__
        )

    def translate(self, source: str, error: SyntaxError | None) -> str:
        """Code of IPython's as Python. Raises the error where it isn't IPython's either."""
        import re

        wanted = self.wants(source)
        if error and not wanted and not re.search(SYNTAX, source):
            raise error
        shell = self.load()
        if shell is not None:
            translated: str = shell.transform_cell(source)
            if error and translated.rstrip() == source.rstrip():
                raise error
            return translated
        if error:
            line = (error.text or "").strip()
            if wanted or re.search(SYNTAX, line):
                error.msg = f"{line[:60]!r} is IPython's. {INSTALL}"
            raise error
        return source

    def begin(self, number: int, source: str) -> None:
        self.number = number
        if self.shell is not None:
            self.shell.begin(number, source)

    def end(self) -> None:
        if self.shell is not None:
            self.shell.end()

    @property
    def results(self) -> Results:
        """The values of last expressions."""
        if self._results is None:
            from .results import Results

            self._results = Results()
        return self._results

    def drop_results(self) -> None:
        """Forget them, at the end of a program."""
        if self._results is not None:
            self._results.drop()

    def representations(self, value: object) -> Bundle:
        shell = self._shell_for(value)
        return representations(value) if shell is None else shell.representations(value)

    def _shell_for(self, value: object) -> Shell | None:
        """What shows it: with a method for IPython alone, it asks for IPython."""
        asks = callable(getattr(type(value), "_ipython_display_", None))
        return self.load() if asks else self.shell

    def display(self, *values: object, raw: bool = False, **options: Any) -> object:
        """Show values as richly as they can be shown.

        With raw=True each value is a dictionary of representations by MIME type itself. All else
        that IPython's display takes (metadata, display_id, include, exclude, transient, clear) is
        given to it.
        """
        if not options and not any(map(self._shell_for, values)):
            for bundle in bundles(values, raw=raw):
                self.connection.show(bundle)
            return None
        if self.load() is None:
            _missing(TypeError(f"display() takes {', '.join(options)} where IPython is. {INSTALL}"))
        from IPython.display import display

        return display(*values, raw=raw, **options)


def _missing(error: Exception) -> Any:
    raise error
