"""What is said to Docker or Podman, in the words that both know: a few requests by HTTP to a socket."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import CognitoraError

_VERSION = "v1.40"
_LIBPOD = "v4.0.0/libpod"
_ANSWERS_WITHIN_S = 60.0
_PING_WITHIN_S = 5.0


class EngineRefusal(Exception):
    """The engine says no.

    Attributes:
        status: Its HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """An engine that answers at a socket.

    Args:
        path: That of the socket; on Windows that of a pipe.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.podman = False
        """Whether it is Podman; known once it has been asked for a sign of life."""
        self._pulling: Any = None

    def ping(self) -> bool:
        """Whether an engine answers there."""
        with (
            suppress(OSError, http.client.HTTPException),
            self._asked("GET", "_ping", timeout=_PING_WITHIN_S) as answer,
        ):
            self.podman = answer.getheader("Libpod-API-Version") is not None
            return answer.status == HTTPStatus.OK
        return False

    def create(self, config: dict[str, Any]) -> str:
        """Makes a container as `for_podman` or `for_docker` describes it; its id."""
        version = _LIBPOD if self.podman else _VERSION
        return str(self._answer("POST", f"{version}/containers/create", body=config)["Id"])

    def has(self, image: str) -> bool:
        """Whether the engine has an image."""
        try:
            self._answer("GET", f"{_VERSION}/images/{image}/json")
        except EngineRefusal as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True

    def start(self, container: str) -> None:
        self._answer("POST", f"{_VERSION}/containers/{container}/start")

    def ports(self, container: str) -> dict[int, int]:
        """By each port of the container that is published, the machine's."""
        found = self._answer("GET", f"{_VERSION}/containers/{container}/json")
        listed = found["NetworkSettings"]["Ports"].items()
        return {int(port.partition("/")[0]): int(at[0]["HostPort"]) for port, at in listed if at}

    def stop(self, container: str, seconds: int) -> None:
        """Has it end by SIGTERM, and after `seconds` by SIGKILL."""
        self._answer(
            *("POST", f"{_VERSION}/containers/{container}/stop?t={seconds}"), timeout=seconds + 30.0
        )

    def remove(self, container: str) -> None:
        self._answer("DELETE", f"{_VERSION}/containers/{container}?force=1&v=1")

    def pull(self, image: str) -> None:
        """Has the engine fetch an image, however long that takes. Raises EngineRefusal."""
        name, _, tag = image.partition("@") if "@" in image else _tagged(image)
        where = urlencode({"fromImage": name, "tag": tag})
        with self._asked(
            "POST", f"{_VERSION}/images/create?{where}", timeout=None, may_be_stopped=True
        ) as answer:
            said = answer.read().decode("utf-8", "replace")
            _check(answer.status, said)
        for line in said.splitlines():  # what fails on the way comes as a line of a good answer
            with suppress(ValueError, AttributeError):
                if reason := json.loads(line).get("error"):
                    raise EngineRefusal(HTTPStatus.NOT_FOUND, str(reason))

    def stop_pulling(self) -> None:
        """Breaks off what `pull` waits for, in another thread."""
        if self._pulling is not None:
            with suppress(OSError):
                self._pulling.shutdown(socket.SHUT_RDWR)

    def attach(self, container: str) -> Attachment:
        """The container's standard streams; when this end is gone, its standard input ends."""
        stream = _opened(self.path, _ANSWERS_WITHIN_S)
        try:
            where = f"/{_VERSION}/containers/{container}/attach?stream=1&stdin=1&stdout=1&stderr=1"
            stream.sendall(
                f"POST {where} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                "Content-Length: 0\r\n\r\n".encode()
            )
            reader = stream.makefile("rb")
            status = int(reader.readline().split(b" ")[1])
            length = 0
            while head := reader.readline().strip():
                if head.lower().startswith(b"content-length:"):
                    length = int(head.partition(b":")[2])
            _check(status, reader.read(length).decode("utf-8", "replace"))
            stream.settimeout(None)
        except BaseException:
            stream.close()
            raise
        return Attachment(stream, reader)

    def _answer(
        self, method: str, target: str, *, body: object = None, timeout: float = _ANSWERS_WITHIN_S
    ) -> Any:
        with self._asked(method, target, body=body, timeout=timeout) as answer:
            said = answer.read()
            _check(answer.status, said.decode("utf-8", "replace"))
        return json.loads(said) if said.strip() else None

    @contextmanager
    def _asked(
        self,
        method: str,
        target: str,
        *,
        body: object = None,
        timeout: float | None,
        may_be_stopped: bool = False,
    ) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("engine")
        connection.sock = _opened(self.path, timeout)
        self._pulling = connection.sock if may_be_stopped else None
        try:
            head = {} if body is None else {"Content-Type": "application/json"}
            content = None if body is None else json.dumps(body).encode()
            connection.request(method, quote(f"/{target}", safe="/?=&%:"), content, head)
            yield connection.getresponse()
        finally:
            connection.close()


class Attachment:
    """The standard streams of a container, through its engine."""

    def __init__(self, stream: Any, reader: Any) -> None:
        self._stream = stream
        self._reader = reader

    def write(self, said: bytes) -> None:
        self._stream.sendall(said)

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        """What it prints, until it ends: 1 or 2 for the stream, and a piece of it."""
        with suppress(OSError, ValueError):  # closed from this side
            while len(head := self._reader.read(8)) == 8:
                yield head[0], self._reader.read(int.from_bytes(head[4:], "big"))

    def close(self) -> None:
        with suppress(OSError):  # a thread may be waiting for more
            self._stream.shutdown(socket.SHUT_RDWR)
        self._stream.close()


class _Pipe:
    """As much of a socket as is used here, by the engine's own program: Windows has pipes for its engines.

    `dial-stdio` connects its standard streams to the engine.
    """

    def __init__(self, path: str) -> None:
        podman = "podman" in path
        program = shutil.which("podman" if podman else "docker")
        if program is None:
            raise OSError(f"{'podman' if podman else 'docker'} isn't on the PATH")
        address = (
            f"npipe://{path.replace(chr(92), '/')}" if sys.platform == "win32" else f"unix://{path}"
        )
        option = "--url" if podman else "--host"
        self._process = subprocess.Popen(
            [program, option, address, "system", "dial-stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def sendall(self, said: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(said)
        self._process.stdin.flush()

    def makefile(self, _mode: str) -> Any:
        return self._process.stdout

    def settimeout(self, _seconds: float | None) -> None:
        """Its program has no such thing."""

    def shutdown(self, _how: int) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def _opened(path: str, timeout: float | None) -> Any:
    if not hasattr(socket, "AF_UNIX"):
        return _Pipe(path)
    stream = socket.socket(socket.AF_UNIX)
    try:
        stream.settimeout(timeout)
        stream.connect(path)
    except BaseException:
        stream.close()
        raise
    return stream


def _tagged(image: str) -> tuple[str, str, str]:
    name, colon, tag = image.rpartition(":")
    return (name, colon, tag) if colon and "/" not in tag else (image, ":", "latest")


def _check(status: int, said: str) -> None:
    if status < HTTPStatus.BAD_REQUEST:
        return
    with suppress(ValueError, LookupError, TypeError):
        said = json.loads(said)["message"]
    raise EngineRefusal(status, said.strip() or f"status {status}")


def find(paths: Iterator[str]) -> Api:
    """The first engine that answers. Raises CognitoraError where none does, with what was tried."""
    tried = []
    for path in paths:
        api = Api(path)
        if api.ping():
            return api
        tried.append(path)
    where = (
        f"nothing answers at {', '.join(tried)}" if tried else "none of the usual sockets is there"
    )
    raise CognitoraError(
        "The local runtime's image needs a container engine, and none was found: "
        f"{where}. Start Docker Desktop, OrbStack, colima (`colima start`) or Podman (`podman machine "
        'start`; on Linux `systemctl start podman.socket`), or name its socket: engine="unix:///path", or '
        "DOCKER_HOST."
    )
