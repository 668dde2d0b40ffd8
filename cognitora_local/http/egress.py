"""What a session or container may reach, as both halves of the API tell of it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from cognitora_openapi.models import EgressStatus, RefusedConnection

from ..sandbox import Refusal
from .responses import model_response


def status(egress: Sequence[str] | None, refused: Sequence[Refusal]) -> Response:
    return model_response(
        EgressStatus(
            egress=None if egress is None else list(egress),
            refused=[
                RefusedConnection(
                    protocol=each.protocol,
                    target=each.target or None,
                    port=each.port,
                    times=each.times,
                )
                for each in refused
            ],
        )
    )


def in_words(refusal: Refusal) -> str:
    """A line of a log."""
    what = "Looking up" if refusal.protocol == "dns" else f"Reaching by {refusal.protocol}"
    port = "" if refusal.port is None else f":{refusal.port}"
    times = "once" if refusal.times == 1 else f"{refusal.times} times"
    target = refusal.target or "more than can be told apart"
    return f"{what} {target}{port} was refused {times}: `egress` doesn't name it."
