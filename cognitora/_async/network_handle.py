"""A handle on what has a network of its own: sessions and containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .handles import AsyncHandle, Info

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognitora_openapi.models import EgressStatus

    from ..results import ExposedPort


class AsyncNetworkService(Protocol):
    """The service that knows it by its id."""

    async def expose_port(
        self, id: str, port: int, /, *, request_timeout: float | None = None
    ) -> ExposedPort: ...

    async def list_ports(
        self, id: str, /, *, request_timeout: float | None = None
    ) -> list[ExposedPort]: ...

    async def unexpose_port(
        self, id: str, port: int, /, *, request_timeout: float | None = None
    ) -> bool: ...

    async def get_egress(
        self, id: str, /, *, request_timeout: float | None = None
    ) -> EgressStatus: ...

    async def set_egress(
        self, id: str, egress: Sequence[str], /, *, request_timeout: float | None = None
    ) -> EgressStatus: ...


class AsyncNetworkHandle(AsyncHandle[Info]):
    """What is made on entering a `with` block, and may have servers in it."""

    def _service(self) -> AsyncNetworkService:
        raise NotImplementedError

    async def expose(self, port: int, *, request_timeout: float | None = None) -> ExposedPort:
        """Lets a server that listens inside be reached from outside: `expose_port`, see there.

        TCP goes there, so HTTP and WebSockets too, with networking off as well, until the port is taken back
        or the sandbox ends.

        Args:
            port: The port inside that the server listens on, up to 65535.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The port: its `url`, which is its text too, and its `socket_address`.

        Raises:
            UnsupportedError: The server doesn't announce `ports`.
            CognitoraError: The call failed otherwise.
        """
        return await self._service().expose_port(
            self._open_id(), port, request_timeout=request_timeout
        )

    async def ports(self, *, request_timeout: float | None = None) -> list[ExposedPort]:
        """Lists the ports that are exposed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The ports, by their numbers inside.

        Raises:
            UnsupportedError: The server doesn't announce `ports`.
            CognitoraError: The call failed otherwise.
        """
        return await self._service().list_ports(self._open_id(), request_timeout=request_timeout)

    async def unexpose(self, port: int, *, request_timeout: float | None = None) -> None:
        """Takes an exposed port back. Connections through it are broken off.

        Args:
            port: The port inside.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: It isn't exposed.
            CognitoraError: The call failed otherwise.
        """
        await self._service().unexpose_port(self._open_id(), port, request_timeout=request_timeout)

    async def egress(self, *, request_timeout: float | None = None) -> EgressStatus:
        """Says what may be reached with networking, and what of the rest was tried.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The list as `.egress`, None where everything outside may be reached; and `.refused`.

        Raises:
            UnsupportedError: The server doesn't announce `egress`.
            CognitoraError: The call failed otherwise.
        """
        return await self._service().get_egress(self._open_id(), request_timeout=request_timeout)

    async def set_egress(
        self, egress: Sequence[str], *, request_timeout: float | None = None
    ) -> EgressStatus:
        """Changes what may be reached with networking: `set_egress` of the service, see there.

        Args:
            egress: The new list: `pypi.org:443`, `*.example.com`, `10.1.0.0/16:5432`.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The list and what was refused until now.

        Raises:
            UnsupportedError: The server doesn't announce `egress`.
            CognitoraError: The call failed otherwise.
        """
        return await self._service().set_egress(
            self._open_id(), egress, request_timeout=request_timeout
        )
