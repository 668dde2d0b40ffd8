# Derived from ../_async/client.py by `make generate`: change that, not this.
"""The client: the key, the server and the connections that both services share."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from cognitora_openapi.secret import Secret

from .._concurrency.threads import Block, wait_unless_async
from ..config import Config
from ..errors import InvalidRequestError
from .base_client import BaseClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from cognitora_openapi import AuthenticatedClient

    from .containers import Containers
    from .interpreter import CodeInterpreter
    from .processes import Processes
    from .transport import Transport

STARTING = "http://127.0.0.1"
"""The address of a local runtime whose port isn't known yet."""


class Cognitora(Block):
    """A client of the Cognitora API.

    `Cognitora` is for ordinary programs, `CognitoraAsync` for those on asyncio; both have the same
    methods. Either is best used in a `with` block (`async with`), which closes it; otherwise call
    `close`. A `Cognitora` may be shared by threads, a `CognitoraAsync` belongs to one event loop.

    Args:
        api_key: The API key, else the environment variable `COGNITORA_API_KEY`.
        base_url: Where the API is, else `COGNITORA_BASE_URL`, else `https://api.cognitora.dev`.
        timeout: Seconds that a call may take, over all its attempts, else `COGNITORA_TIMEOUT`, else 30.
            Calls that run code take as long as the code may, and 30 s more.
        transport: What carries the requests; None for connections of the client's own.

    Attributes:
        code_interpreter: Runs code, once or in sessions.
        containers: Runs containers.
        processes: Runs commands in the background of both, where the server announces `processes`.

    Raises:
        InvalidRequestError: There is no API key, or an argument can't be right.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        *,
        transport: Transport | None = None,
    ) -> None:
        # Not before there is a client: with the models they take most of the import's time.
        from .containers import Containers
        from .interpreter import CodeInterpreter
        from .processes import Processes

        key = Secret(api_key) if api_key else None
        del api_key  # what is raised below shows this frame to tools that print variables
        if transport is not None and not callable(getattr(transport, "open", None)):
            raise InvalidRequestError("transport must have the methods `open` and `close`.")
        self._client = BaseClient(Config.read(key, base_url, timeout), transport)
        self.code_interpreter: CodeInterpreter = CodeInterpreter(self._client)
        self.containers: Containers = Containers(self._client)
        self.processes: Processes = Processes(self._client)

    @classmethod
    def local(
        cls,
        *,
        data_dir: str | PathLike[str] | None = None,
        python: str | PathLike[str] | None = None,
        timeout: float | None = None,
        images: Mapping[str, str] | None = None,
        engine: str | None = None,
        container_store: str | PathLike[str] | None = None,
        engine_image: str | None = None,
    ) -> Self:
        """A client with a runtime of its own on this machine: no account, no key, no cloud.

        Starts the runtime as a child process on a free port of loopback, with a random key; it is ready
        after a second or two. `Cognitora.local()` waits for that, `CognitoraAsync.local()` leaves it to
        `async with`, or to the first call. It ends with `close`, or when nothing of the client is in use
        any more, and at the latest with this process, however that ends. Needs Linux and
        `pip install "cognitora[local]>=2"`; with `engine_image`, and on macOS and Windows, Docker or Podman.

        Args:
            data_dir: Where it keeps its records; by default a temporary folder.
            python: The Python that runs users' code; by default that of the variable
                `COGNITORA_LOCAL_PYTHON`, else of an environment beside this program's whose name is its
                with `-data` behind it, else the one that runs this program.
            timeout: As of the client.
            images: What stands for images: from the names that programs use to those that are pulled, such as
                `{"python:3.11": "127.0.0.1:5000/python:3.11"}`; `docker.io/library/` may be left out.
            engine: The container engine, such as `"unix:///run/podman/podman.sock"`; by default that of
                `DOCKER_HOST` or `CONTAINER_HOST`, else the Podman or Docker that runs here, else a Podman
                of the runtime's own. None is needed before the first container.
            container_store: Where that Podman keeps its images for the next time; by default
                `~/.cache/cognitora/containers`.
            engine_image: The image of the runtime, such as `"cognitora-local"`: it then runs in a container
                on `engine`, by default Docker's current context, else the engine whose socket is found. The
                default is that of `COGNITORA_LOCAL_ENGINE_IMAGE`; on macOS and Windows `"cognitora-local"`,
                else none. The image has files of its own: `data_dir`, `python` and `container_store`
                can't be given.

        Returns:
            The client.

        Raises:
            InvalidRequestError: `images` are none, or an option doesn't go with `engine_image`.
            CognitoraError: The runtime could not be started; the message says why and what to do.
        """
        from ..local import LocalRuntime

        runtime = LocalRuntime(
            data_dir=data_dir,
            python=python,
            images=images,
            engine=engine,
            container_store=container_store,
            engine_image=engine_image,
        )
        try:
            client = cls(runtime.api_key, STARTING, timeout)
            client._client.use_local(runtime)
            wait_unless_async(client._client.local_address)
        except BaseException:
            runtime.close()
            raise
        return client

    @property
    def base_url(self) -> str:
        """Where the API is. Waits for a local runtime that is still starting."""
        return self._client.local_address() or self._client.config.base_url

    @property
    def timeout(self) -> float:
        """Seconds that a call which runs no code may take."""
        return self._client.config.timeout

    def features(self, *, request_timeout: float | None = None) -> frozenset[str]:
        """What the server announces of the contract's extensions; asks it, unless it has answered before.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The words, such as `"files"`. They are those of its last answer.

        Raises:
            CognitoraError: It can't be asked, or refuses.
        """
        self._client.hear(request_timeout)
        return self._client.features

    @cached_property
    def api(self) -> AuthenticatedClient:
        """The generated low-level client, for `cognitora_openapi.api`.

        It shares this client's connections, key, deadlines, retries and errors.
        """
        from .api import make_api  # with httpx, which most programs can do without

        return make_api(self._client)

    def close(self) -> None:
        """Closes the connections and ends the local runtime, if it has one. Closing twice is harmless."""
        self._client.close()

    def __enter__(self) -> Self:
        self._client.ready()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_client" not in vars(self):
            return f"<{type(self).__name__}, not made>"
        return f"{type(self).__name__}(base_url={self._client.config.base_url!r})"
