"""A runtime in a container of its own, which ends with this program, however that ends."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPException

from ..errors import CognitoraError
from . import sockets
from .api import Api, Attachment, EngineRefusal, find
from .rights import LOOPBACK, PORT, for_docker, for_podman

_KEPT_LINES = 200
_STOP_SECONDS = 25
_WAIT_SECONDS = 30.0


class RuntimeContainer:
    """A container of the image `image`, on the engine at the address `engine` (None: the one that is found).

    It is started at once, by a thread, as an image may have to be pulled first.

    Args:
        keys: The keys that the runtime takes. They go to its standard input, and so are neither in a command
            line nor a variable, nor in what the engine tells of the container.
        arguments: Further ones of the runtime.
        port: The port of the machine's loopback; 0: a free one.
    """

    def __init__(
        self,
        image: str,
        engine: str | None,
        keys: Sequence[str],
        arguments: Sequence[str],
        port: int = 0,
    ) -> None:
        self._image = image
        self._paths = list(sockets.candidates(engine))
        self._keys = tuple(keys)
        self._arguments = [*arguments]
        self._port = port
        self._lines: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._api: Api | None = None
        self._id: str | None = None
        self._attachment: Attachment | None = None
        self._base_url = ""
        self._first = b""
        self._created = threading.Event()
        self._has_line = threading.Event()
        self._over = threading.Event()
        self._ending = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ready_line(self, seconds: float) -> bytes:
        """The runtime's first line; empty where none came in the time, which pulling doesn't count as."""
        self._created.wait()
        self._has_line.wait(seconds)
        return self._first

    def reached_at(self, told: str) -> str:
        """The runtime's base URL, of which it knows the address in its container alone."""
        return self._base_url or told

    def said(self) -> bytes:
        """What it has said last on standard error, or why it couldn't be started."""
        return b"".join(self._lines)

    def has_ended(self) -> str | None:
        """How it has ended; None while it lives."""
        return "its container has ended" if self._over.is_set() else None

    def wait(self) -> None:
        """Until it has ended."""
        self._over.wait()

    def end(self) -> None:
        """Ends it and all it has started; its container is removed. More calls do no harm."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
        self._created.set()
        if self._api is not None:
            self._api.stop_pulling()
        if self._api is not None and self._id is not None and not self._over.is_set():
            with suppress(OSError, EngineRefusal):
                self._api.stop(self._id, _STOP_SECONDS)
        if self._attachment is not None:
            self._over.wait(_WAIT_SECONDS)
            self._attachment.close()
        self._thread.join(1.0)

    def _run(self) -> None:
        try:
            self._begin()
        except (CognitoraError, EngineRefusal, OSError, HTTPException) as error:
            self._lines.append(f"{error}\n".encode())
        else:
            self._read()
        finally:
            self._over.set()
            self._created.set()
            self._has_line.set()

    def _begin(self) -> None:
        self._api = find(iter(self._paths))
        self._id = self._create(self._api)
        self._created.set()
        try:
            if self._ended:
                raise CognitoraError("It was ended before it had begun.")
            self._attachment = self._api.attach(self._id)
            self._api.start(self._id)
            ports = self._api.ports(self._id)
            first_line = {
                "api_keys": self._keys,
                "ports": {inside: outside for inside, outside in ports.items() if inside != PORT},
            }
            self._attachment.write(json.dumps(first_line).encode() + b"\n")
            self._base_url = f"http://{LOOPBACK}:{ports[PORT]}"
        except BaseException:
            with suppress(OSError, EngineRefusal):
                self._api.remove(self._id)
            raise

    def _create(self, api: Api) -> str:
        described = for_podman if api.podman else for_docker
        config = described(self._image, self._arguments, self._port)
        if api.has(self._image):
            return api.create(config)
        try:
            api.pull(self._image)
            return api.create(config)
        except EngineRefusal as error:
            reason = str(error)
        raise CognitoraError(
            f"The image {self._image} isn't on the engine at {api.path}, and can't be pulled ({reason}). "
            f"Build it in a clone of the project: docker build -t {self._image} . (or podman build)"
        )

    def _read(self) -> None:
        assert self._attachment is not None
        out = b""
        for number, piece in self._attachment.pieces():
            if number == 1:
                out += piece
                self._first, line, _ = out.partition(b"\n")
                if line:
                    self._has_line.set()
            else:
                self._lines.extend(line[:2000] for line in piece.splitlines(keepends=True))
