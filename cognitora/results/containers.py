"""How a container, or a command in one, ended: the same for its record and for what running it returns."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Self

from cognitora_openapi.response_model import ResponseModel

from ..errors import ExecutionError
from ..shown import LINE, cut
from ..statuses import WELL, is_final

if TYPE_CHECKING:
    from ..errors import Failed

TAIL = 20
"""Lines of what was printed that an error shows."""


class ContainerOutcome(ResponseModel):
    """What a container and a command in one have in common."""

    __slots__ = ()

    @property
    def _name(self) -> str:
        raise NotImplementedError

    @property
    def _printed(self) -> str:
        return ""

    @property
    def ok(self) -> bool:
        """Whether it is known to have ended well: by its status or its exit code, and not against either."""
        status, code = self.get("status"), self.get("exit_code")
        well = code is not None if status is None else status.lower() in WELL
        return well and code in (0, None)

    def raise_for_error(self) -> Self:
        """Turns what failed or was stopped into an exception.

        Returns:
            This itself, if it has ended well or goes on.

        Raises:
            ExecutionError: It did not end well. The message says why, as far as the service does, and ends
                with the last lines that were printed; `result` is this.
        """
        raise_for(self, self, self._printed)  # type: ignore[arg-type]  # the classes that derive from this
        return self


class CommandOutcome(ContainerOutcome):
    """What is known of a command besides: what it printed."""

    __slots__ = ()

    @property
    def _printed(self) -> str:
        return self.get("output") or ""

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return ended(self, self._name, repr(self), self._printed)


def bytes_of(text: str | None, encoded: str | None) -> bytes:
    """What was printed, of a text and, where that doesn't say it, of base64."""
    return base64.b64decode(encoded) if encoded else (text or "").encode()


def brief(kind: str, ident: str | None, outcome: ContainerOutcome, **printed: str | None) -> str:
    """The repr of how something ended: its status, what it printed, and why it failed."""
    status, code, reason = (outcome.get(name) for name in ("status", "exit_code", "reason"))
    words = [f"<{kind}", *(word[:LINE] for word in (ident, status) if word)]
    texts = {**printed, "reason": reason or (f"exit code {code}" if code else None)}
    lines = [f"{name}: {cut(text)}" for name, text in texts.items() if text]
    return "\n  ".join([" ".join(words), *lines]) + ">"


def ended(outcome: ContainerOutcome, name: str, plain: str, *printed: str) -> dict[str, Any]:
    """What a notebook shows of how something ended: see `display.containers.bundle`."""
    from .display.containers import bundle

    return bundle(outcome, name, plain, *printed)


def raise_for(outcome: ContainerOutcome, result: Failed, printed: str) -> None:
    """Raises an error if it is known that something did not end well.

    Raises:
        ExecutionError: It did not.
    """
    status, code, reason = (outcome.get(name) for name in ("status", "exit_code", "reason"))
    if outcome.ok or (code in (0, None) and (status is None or not is_final(status))):
        return
    head = f"{outcome._name} ended" + (f" as {status}" if status else "")
    if reason:
        head += f": {reason.rstrip('.')}"
    elif code is not None:
        head += f" with exit code {code}"
    lines = printed.rstrip("\n").split("\n")
    if len(lines) > TAIL:
        lines = ["…", *lines[-TAIL:]]
    tail = "\n".join(lines)
    message = f"{head}.\n{tail}" if tail else f"{head}."
    raise ExecutionError(message, result=result, may_have_run=True)
