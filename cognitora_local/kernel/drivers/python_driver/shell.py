"""IPython's own shell, on the session's namespace, showing what it shows through the driver."""

from __future__ import annotations

import builtins
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets import Type

from .bundle import Bundle, encode
from .display import shorten
from .imports import sources
from .magics import SessionMagics
from .results import RECENT

if TYPE_CHECKING:
    from .cell import Namespace
    from .connection import Connection
    from .results import Results


class Session(Protocol):
    """What the shell is part of."""

    @property
    def namespace(self) -> Namespace: ...

    @property
    def connection(self) -> Connection: ...

    @property
    def number(self) -> int: ...  # of the execution that runs

    @property
    def results(self) -> Results: ...


class Publisher(DisplayPublisher):
    """Sends what is displayed to the host."""

    shell: Shell

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: object = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        self._validate_data(data, metadata)
        bundle = as_bundle(data, metadata)
        name = (transient or {}).get("display_id")
        if name is not None:
            bundle["display_id"] = str(name)
        self.shell.session.connection.show(bundle, "update" if update else "display")

    def clear_output(self, wait: bool = False) -> None:
        self.shell.session.connection.clear(wait=wait)


class Hook(DisplayHook):
    """Displays values that magics and nested code come to. Cells' own are results."""

    shell: Any

    def __init__(self, shell: Shell | None = None, **options: Any) -> None:
        names = {} if shell is None else shell.user_ns
        mine = {name: names[name] for name in RECENT if name in names}
        super().__init__(shell, **options)
        for name in RECENT:  # builtins hold them, and the user's own stay
            names.pop(name, None)
        names.update(mine)

    def __call__(self, result: object = None) -> None:
        if result is not None and not self.quiet():
            data, metadata = self.compute_format_data(result)
            self.shell.display_pub.publish(data, metadata)


class Shell(InteractiveShell):
    """IPython's machinery of magics, input and display, without its terminal."""

    display_pub_class = Type(Publisher)
    displayhook_class = Type(Hook)  # type: ignore[assignment]  # IPython declares it for its own alone

    def __init__(self, session: Session) -> None:
        self.session = session
        self._nested = 0
        super().__init__(
            ipython_dir=f"{tempfile.gettempdir()}/ipython",
            user_module=sys.modules["__main__"],
            colors="nocolor",
        )
        self.execution_count = session.number
        self.set_hook("show_in_pager", _print_page)
        self.register_magics(SessionMagics)
        self._formats = cast("Any", self.display_formatter)
        png = self._formats.formatters["image/png"]
        png.for_type_by_name("matplotlib.figure", "Figure", _png_of_figure)
        for source in list(sources.values()):
            self._keep_input("".join(source[2]))

    # One execution

    def begin(self, number: int, source: str) -> None:
        """Before the code of an execution runs."""
        self.execution_count = number
        self._keep_input(source)
        with _told("pre_run_cell"):
            self.events.trigger("pre_execute")
            self.events.trigger("pre_run_cell", _info(source))

    def end(self) -> None:
        """After it has run, well or not."""
        with _told("post_run_cell"):
            self.events.trigger("post_execute")
            source = self._history.input_hist_raw[-1]
            self.events.trigger("post_run_cell", ExecutionResult(_info(source)))

    def representations(self, value: object) -> Bundle:
        return as_bundle(*self._formats.format(value))

    def run_cell(
        self, raw_cell: str, store_history: bool = False, silent: bool = False, *_: Any, **__: Any
    ) -> ExecutionResult:
        """Run a cell within one. Errors are in the result, and are told."""
        self._nested += 1
        result = ExecutionResult(_info(raw_cell))
        name = f"<execution {self.execution_count}, nested {self._nested}>"
        try:
            result.result = self.session.namespace.run(raw_cell, name)
            if not silent:
                self.displayhook(result.result)
        except Exception as error:  # noqa: BLE001  # as IPython's does
            result.error_in_exec = error
            traceback.print_exception(error)
        return result

    # Programs

    def system(self, cmd: str) -> None:
        """`!cmd`: on the session's own streams, with its exit code in `_exit_code`."""
        status = subprocess.call(self.var_expand(cmd, depth=1), shell=True, executable=_shell())
        self._note_status(status, cmd)

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """`!!cmd` and `x = !cmd`: what it prints."""
        done = subprocess.run(
            self.var_expand(cmd, depth=depth + 1),
            shell=True,
            executable=_shell(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = done.stdout.decode(errors="replace")
        self._note_status(done.returncode, cmd)
        return SList(text.splitlines()) if split else LSString(text)

    def _note_status(self, status: int, command: str) -> None:
        self.user_ns["_exit_code"] = status
        if getattr(self, "system_raise_on_error", False) and status != 0:
            raise subprocess.CalledProcessError(status, command)

    # Magics

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if magic_name == "config" and "InlineBackend" in line:
            self.enable_matplotlib()  # which makes it known
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def enable_gui(self, gui: str | None = None) -> None:
        if gui not in (None, "inline"):
            print(f"There are no windows here, so {gui!r} has none.", file=sys.stderr)

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str, str]:
        """`%matplotlib`, whatever follows: figures are displayed where they are shown."""
        from matplotlib_inline.backend_inline import configure_inline_support

        from .figures import use_backend

        use_backend()
        configure_inline_support(self, "other")
        if gui not in (None, "auto", "inline", "agg"):
            print(
                f"There are no windows here: figures are shown inline, not by {gui}.",
                file=sys.stderr,
            )
        return "inline", "inline"

    def set_next_input(self, text: str, replace: bool = False) -> None:
        """What %load and %recall would put into the next cell, which nobody is writing."""
        print(text)

    # Errors

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Errors in magics fail the execution; those of formatters are told beside the rest."""
        if exc_tuple is not None:
            print("".join(traceback.format_exception(*exc_tuple)), end="", file=sys.stderr)
            return
        error = sys.exc_info()[1] or getattr(sys, "last_value", None)
        if error is not None:
            raise error

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        self.showtraceback()

    # What a terminal's shell sets up

    def init_history(self) -> None:
        self._history = cast("Any", HistoryManager(shell=self, parent=self, enabled=False))
        self._history.output_hist = self.session.results.out
        self.history_manager = self._history
        self.configurables.append(self._history)

    def init_user_ns(self) -> None:
        """Only what magics look for there: the rest are builtins, in nobody's way."""
        inputs, results = self._history.input_hist_parsed, self._history.output_hist
        names = {"_ih": inputs, "_oh": results, "_dh": self._history.dir_hist}
        self.user_ns.update(names)
        self.user_ns_hidden.update(names)
        builtins.__dict__["In"] = inputs

    def init_builtins(self) -> None:
        display = builtins.__dict__["display"]
        super().init_builtins()
        builtins.__dict__["display"] = display

    def init_sys_modules(self) -> None: ...

    def init_virtualenv(self) -> None: ...

    def init_prompts(self) -> None: ...

    def _atexit_once(self) -> None:
        """Nothing: IPython's would take the variables from what runs at exit after it."""

    def _keep_input(self, source: str) -> None:
        self._history.input_hist_parsed.append(source)
        self._history.input_hist_raw.append(source)


def as_bundle(data: dict[str, Any], metadata: dict[str, Any] | None) -> Bundle:
    bundle = {str(mime): encode(mime, content) for mime, content in data.items()}
    if "text/plain" in bundle:
        bundle["text/plain"] = shorten(bundle["text/plain"])
    if metadata:
        bundle["metadata"] = json.dumps(metadata, default=str)
    return bundle


def _info(source: str) -> ExecutionInfo:
    return ExecutionInfo(source, True, False, True, None)


def _png_of_figure(figure: Any) -> str | None:
    from .figures import picture

    return picture(figure).get("image/png")


def _print_page(_shell: object, page: Any, *_: Any, **__: Any) -> None:
    """`?` and `%history` have no pager here."""
    print(page.get("text/plain", "") if isinstance(page, dict) else page)


@contextlib.contextmanager
def _told(event: str) -> Iterator[None]:
    """An extension's error is told, and doesn't stop the code."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # whatever its listeners do
        print(f"{event}: {type(error).__name__}: {error}", file=sys.stderr)


def _shell() -> str | None:
    return shutil.which("bash")
