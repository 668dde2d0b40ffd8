"""What clean-up could not remove: it is told, whatever else is on its way to the caller."""

from __future__ import annotations

import logging

from .errors import CognitoraError

log = logging.getLogger("cognitora")

ENDED = {"session": "deleted", "container": "cancelled", "process": "killed"}
LASTS = {
    "session": "It could not be deleted, and lives until its time is over",
    "container": "It could not be cancelled, and may go on and cost credits",
    "process": "It could not be killed, and may go on",
}
OTHER_LASTS = "It could not be ended"


def remains(kind: str, name: str, error: CognitoraError) -> str:
    """A sentence on what could not be ended, such as a session, which is logged as well."""
    fate = f"{LASTS.get(kind, OTHER_LASTS)}: {error}"
    log.warning("%s %s: %s", kind, name, fate)
    return fate


def unknown(error: CognitoraError) -> str:
    """A sentence on what was being made when its caller was stopped, and whose making has failed."""
    if not error.may_have_run:
        return f"Nothing was made: {error}"
    fate = (
        f"It isn't known whether what was asked for was made, and nothing could be undone: {error}"
    )
    log.warning("%s", fate)
    return fate


def add_failure(stopped: BaseException, failure: BaseException) -> None:
    """Notes on what has stopped a caller that its clean-up has failed as well, and logs it."""
    sentence = f"Clean-up failed as well: {failure}"
    log.warning("%s", sentence)
    stopped.add_note(sentence)
