"""What carries connections in and out of sandboxes, by itself."""

from __future__ import annotations

import os
import select
import socket
from contextlib import ExitStack, closing

from cognitora_local.forwarding.carrier import Carrier


def test_a_connection_has_no_events_of_one_that_had_its_number() -> None:
    """Of two that change at once the first to be told ends the other, whose number the next one gets."""
    carrier = Carrier()
    told: list[int] = []
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(3)]
        for end in (each for pair in pairs for each in pair):
            stack.enter_context(closing(end))
        (one, _), (other, _), (new, _) = pairs

        def note(events: int) -> None:
            told.append(events)
            carrier.stop()

        def replace(end: socket.socket) -> None:
            number = end.fileno()
            carrier.forget(end)
            end.close()
            os.dup2(new.fileno(), number)
            carrier.watch(stack.enter_context(socket.socket(fileno=number)), note)

        carrier.watch(one, lambda _: replace(other))
        carrier.watch(other, lambda _: replace(one))
        for _, end in pairs[:2]:
            end.send(b"something to read")
        carrier.run()
    assert told == [select.EPOLLOUT]  # there is nothing to read from the new one
