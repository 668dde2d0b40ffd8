# Derived from ../_async/transport.py by `make generate`: change that, not this.
"""What carries a request to the server and its answer back, below the base client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from .._http.types import Headers, Request
from ..deadline import Deadline


class TransportResponse(Protocol):
    """An answer whose head has arrived and whose body is still under way.

    Attributes:
        status: The HTTP status.
        headers: Its headers.
    """

    status: int
    headers: Headers

    def __iter__(self) -> Iterator[bytes]:
        """The pieces of the body as they arrive, still packed as `Content-Encoding` says."""
        ...

    def close(self) -> None:
        """Lets go of the connection, wherever the body stands. Always called, once or more."""
        ...


class Transport(Protocol):
    """Sends one attempt. It retries nothing, follows no redirect and raises two kinds of error."""

    def open(self, request: Request, deadline: Deadline) -> TransportResponse:
        """Sends a request and waits for the head of its answer, then for the body as it is iterated.

        Raises:
            APITimeoutError: The deadline has passed, here or while the body is iterated.
            APIConnectionError: There is no connection, or it broke. Both say with `may_have_run`
                whether anything was sent.
        """
        ...

    def close(self) -> None:
        """Closes all connections."""
        ...
