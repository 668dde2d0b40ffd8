"""A browser without a window: Debian's Chromium, told what to do by the DevTools protocol.

It runs in a sandbox of its own and sees nothing but one folder of pages; it has no network unless it is given
this machine's.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.images import debian
from tests.images.debian import Unavailable
from tests.programs_used import found

_PACKAGE = "chromium-headless-shell"
_PROGRAM = f"/usr/lib/chromium/{_PACKAGE}"
# Chromium reads and writes at 3 and 4.
_WITH_PIPES = (
    "import os, sys\n"
    "os.dup2(int(sys.argv[1]), 3)\n"
    "os.dup2(int(sys.argv[2]), 4)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)
_WIDTH, _HEIGHT = 1000, 800
_HIGHEST = 16_000


class Page:
    """A page that was opened, and all that its console has told of errors.

    Attributes:
        errors: What went wrong: exceptions, `console.error`, what could not be loaded.
    """

    def __init__(self, browser: Browser, url: str, before: str, width: int, *, dark: bool) -> None:
        self.errors: list[str] = []
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session: str = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self._call("Page.addScriptToEvaluateOnNewDocument", source=before)
        size = {"width": width, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        wish = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[wish])
        failed = self._call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        self.until("document.readyState == 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The value of JavaScript, as JSON has it; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Waits until a condition in JavaScript holds."""
        check = f"(done) => {{ const look = () => ({condition}) ? done() : setTimeout(look, 20); look() }}"
        self.evaluate(f"new Promise({check})")

    def click(self, selector: str) -> None:
        """Clicks on the middle of an element, as a mouse does."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView()")
        x, y = self.evaluate(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text: str) -> None:
        """Writes into what has the focus, as a keyboard does."""
        self._call("Input.insertText", text=text)

    def close(self) -> None:
        """Closes it; it can't be used any more."""
        self._browser.call("Target.closeTarget", targetId=self._target)

    def screenshot(self, path: Path) -> Path:
        """Writes the page as a PNG, all of it unless it is higher than Chromium can draw."""
        width, height = self.evaluate(
            "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
        )
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, _HIGHEST), "scale": 1}
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        answer = self._browser.call(method, self._session, **parameters)
        self._heard()
        return answer

    def _heard(self) -> None:
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            told = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(told["exceptionDetails"]))
            elif event["method"] == "Runtime.consoleAPICalled" and told["type"] == "error":
                self.errors.append(json.dumps(told["args"]))
            elif event["method"] == "Log.entryAdded" and told["entry"]["level"] == "error":
                self.errors.append(json.dumps(told["entry"]))
        self._browser.events.clear()


class Browser:
    """A browser that runs.

    Attributes:
        events: What it has told, and nobody has looked at.
    """

    def __init__(self, folder: Path, requests: IO[bytes], answers: IO[bytes]) -> None:
        self.events: list[dict[str, Any]] = []
        self._folder = folder
        self._requests = requests
        self._answers = answers
        self._count = 0
        self._rest = b""

    def open(
        self, page: Path, before: str = "", *, width: int = _WIDTH, dark: bool = False
    ) -> Page:
        """Opens a page of the folder.

        Args:
            page: Its file.
            before: JavaScript that runs before its own.
            width: How many pixels the screen is wide.
            dark: Whether who looks at it likes it dark.
        """
        url = f"file:///pages/{page.relative_to(self._folder).as_posix()}"
        return Page(self, url, before, width, dark=dark)

    def visit(self, url: str, before: str = "") -> Page:
        """Opens what is at a URL."""
        return Page(self, url, before, _WIDTH, dark=False)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Asks for something, and waits for the answer."""
        self._count += 1
        request: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if session is not None:
            request["sessionId"] = session
        self._requests.write(json.dumps(request).encode() + b"\0")
        self._requests.flush()
        while True:
            message = self._message()
            if message.get("id") == self._count:
                assert "error" not in message, f"{method}: {message['error']}"
                answer: dict[str, Any] = message["result"]
                return answer
            if "method" in message:
                self.events.append(message)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = self._answers.read1(1 << 16)  # type: ignore[attr-defined]  # of a BufferedReader
            assert piece, "the browser has ended"
            self._rest += piece
        whole, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(whole)
        return message


@contextmanager
def browser(folder: Path, *, network: bool = False) -> Iterator[Browser]:
    """A browser that sees the pages of a folder, and what this machine's network leads to if it may.

    Raises:
        Unavailable: This machine can't have one.
    """
    root = unpacked()
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (their_in, their_out)]
    os.close(their_in)
    os.close(their_out)
    shared = ["--share-net"] if network else []
    command = [*_sandbox(root, folder, shared), _PROGRAM, "--remote-debugging-pipe", *_options()]
    starter = [sys.executable, "-c", _WITH_PIPES, *map(str, theirs), *command]
    with (
        (folder / "browser.log").open("wb") as log,
        os.fdopen(our_out, "wb") as requests,
        os.fdopen(our_in, "rb") as answers,
    ):
        process = subprocess.Popen(starter, pass_fds=theirs, stdin=subprocess.DEVNULL, stderr=log)
        for end in theirs:
            os.close(end)
        try:
            yield Browser(folder, requests, answers)
        finally:
            process.kill()
            process.wait()


def _options() -> list[str]:
    # Its own sandbox can't be made in one; here nothing but the tests' pages is opened.
    return [
        "--no-sandbox",
        "--disable-gpu",
        f"--window-size={_WIDTH},{_HEIGHT}",
        "--hide-scrollbars",
    ]


def _sandbox(root: Path, folder: Path, shared: list[str]) -> list[str]:
    links = [
        part
        for name in ("bin", "lib", "lib64")
        for part in ("--symlink", f"usr/{name}", f"/{name}")
    ]
    return [
        *(
            str(found("bwrap")),
            "--unshare-all",
            *shared,
            "--die-with-parent",
            "--new-session",
            "--clearenv",
        ),
        *("--ro-bind", f"{root}/usr", "/usr", "--ro-bind", f"{root}/etc", "/etc", *links),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--setenv", "HOME", "/tmp"),
        *("--ro-bind", str(folder), "/pages"),
    ]


def unpacked() -> Path:
    """The folder with Chromium and all that it needs, got if the cache hasn't got it."""
    folder = debian.CACHE / "chromium"
    with debian.alone():
        if not folder.exists():
            unfinished = folder.with_name("chromium-unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            try:
                debian.unpack([_PACKAGE], unfinished, dependencies=True)
            except subprocess.CalledProcessError as error:
                raise Unavailable(f"Debian's packages can't be had: {error}") from error
            unfinished.rename(folder)
    return folder
