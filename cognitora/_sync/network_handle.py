# Derived from ../_async/network_handle.py by `make generate`: change that, not this.
"""A handle on what has a network of its own: sessions and containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .handles import Handle, Info

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cognitora_openapi.models import EgressStatus

    from ..results import ExposedPort


class NetworkService(Protocol):
    """The service that knows it by its id."""

    def expose_port(
        self, id: str, port: int, /, *, request_timeout: float | None = None
    ) -> ExposedPort: ...

    def list_ports(
        self, id: str, /, *, request_timeout: float | None = None
    ) -> list[ExposedPort]: ...

    def unexpose_port(
        self, id: str, port: int, /, *, request_timeout: float | None = None
    ) -> bool: ...

    def get_egress(self, id: str, /, *, request_timeout: float | None = None) -> EgressStatus: ...

    def set_egress(
        self, id: str, egress: Sequence[str], /, *, request_timeout: float | None = None
    ) -> EgressStatus: ...


class NetworkHandle(Handle[Info]):
    """What is made on entering a `with` block, and may have servers in it."""

    def _service(self) -> NetworkService:
        raise NotImplementedError

    def expose(self, port: int, *, request_timeout: float | None = None) -> ExposedPort:
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
        return self._service().expose_port(self._open_id(), port, request_timeout=request_timeout)

    def ports(self, *, request_timeout: float | None = None) -> list[ExposedPort]:
        """Lists the ports that are exposed.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The ports, by their numbers inside.

        Raises:
            UnsupportedError: The server doesn't announce `ports`.
            CognitoraError: The call failed otherwise.
        """
        return self._service().list_ports(self._open_id(), request_timeout=request_timeout)

    def unexpose(self, port: int, *, request_timeout: float | None = None) -> None:
        """Takes an exposed port back. Connections through it are broken off.

        Args:
            port: The port inside.
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Raises:
            NotFoundError: It isn't exposed.
            CognitoraError: The call failed otherwise.
        """
        self._service().unexpose_port(self._open_id(), port, request_timeout=request_timeout)

    def egress(self, *, request_timeout: float | None = None) -> EgressStatus:
        """Says what may be reached with networking, and what of the rest was tried.

        Args:
            request_timeout: Seconds to wait for the answer, instead of the client's `timeout`.

        Returns:
            The list as `.egress`, None where everything outside may be reached; and `.refused`.

        Raises:
            UnsupportedError: The server doesn't announce `egress`.
            CognitoraError: The call failed otherwise.
        """
        return self._service().get_egress(self._open_id(), request_timeout=request_timeout)

    def set_egress(
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
        return self._service().set_egress(self._open_id(), egress, request_timeout=request_timeout)
