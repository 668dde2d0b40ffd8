"""What code shows while it runs, collected within caps."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from typing import Literal

from cognitora_local.kernel.bundles import Bundle, read_shown
from cognitora_local.sandbox import Usage
from cognitora_local.untrusted_json import RawJson

MAX_OUTPUT_BYTES = 10 * 2**20
"""Bytes of output that an execution may produce, by default."""

MAX_OUTPUTS = 10_000
"""Outputs that an execution may produce, by default; adjacent pieces of a stream are one."""

LEFT_OUT_BYTES = 100
"""What an output that is left out counts as: endless ones must come to an end, too."""

STREAMS = ("stdout", "stderr")

WAITS = {wait: RawJson(json.dumps({"wait": wait})) for wait in (True, False)}

Status = Literal["completed", "failed", "timeout", "interrupted"]


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that the code showed."""

    type: str
    """stdout, stderr, display_data, update_display_data, clear_output, execution_result or error."""
    data: str | Bundle
    """Text; for (update_)display_data a MIME bundle (what isn't text is base64)."""
    bundle: Bundle | None
    """The MIME bundle of an execution_result that has more than text."""
    timestamp: datetime
    """When it (its first piece) reached the host, UTC."""
    metadata: RawJson | None = None
    """Of a bundle; of clear_output `wait`: whether it waits for what comes next."""
    display_id: str | None = None
    """By which a display is updated."""

    def size(self) -> int:
        """In characters and roughly."""
        bundles = (self.data, self.bundle or {})
        shown = [
            each
            for some in bundles
            for each in ([some] if isinstance(some, str) else some.values())
        ]
        return 100 + sum(len(each.text if isinstance(each, RawJson) else each) for each in shown)


class Joined:
    """Outputs in their order. Adjacent text of a stream is one, however many pieces it came in."""

    def __init__(self) -> None:
        self._whole: list[Output] = []
        self._stream: Output | None = None  # the last one, as long as its text may go on
        self._text = StringIO()

    def __len__(self) -> int:
        return len(self._whole) + (self._stream is not None)

    def goes_on(self, type: str) -> bool:
        """Whether such a text belongs to the last output."""
        return self._stream is not None and self._stream.type == type

    def add(self, output: Output, *, apart: bool = False) -> None:
        """Add an output, or what is one with the last unless it is to stand `apart` from that."""
        if apart or not self.goes_on(output.type):
            self._whole += self._last()
            self._stream, self._text = None, StringIO()
        if output.type in STREAMS and isinstance(output.data, str):
            self._stream = self._stream or output
            self._text.write(output.data)
        else:
            self._whole.append(output)

    def all(self) -> list[Output]:
        return self._whole + self._last()

    def _last(self) -> list[Output]:
        return [replace(self._stream, data=self._text.getvalue())] if self._stream else []


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended."""

    status: Status
    outputs: list[Output]
    errors: list[str]
    """One line each, for people."""
    wall_ms: int
    usage: Usage
    """CPU time of this execution; the sandbox's peak memory so far."""
    state_lost: bool
    """The kernel died or had to be killed: variables, imports and processes are gone."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much an execution may show. What came first is kept."""

    max_bytes: int = MAX_OUTPUT_BYTES
    """Beyond, it is stopped."""
    max_outputs: int = MAX_OUTPUTS
    """Beyond, it goes on, and what it shows is left out, but for its result and its error."""


class Collector:
    """Gathers the outputs of one execution in the order in which they came.

    Text is decoded as it comes: what isn't UTF-8 is replaced, NUL survives.
    """

    def __init__(self, caps: Caps) -> None:
        self.size = 0
        """Bytes taken so far (of a bundle: characters)."""
        self.full = False
        """Something was left out, because there was no room for its bytes."""
        self._caps = caps
        self._on_output: Callable[[Output], None] | None = None
        self._collected = Joined()
        self._decoders = {stream: _decoder() for stream in STREAMS}
        self._has_result = self._has_error = False
        self._left_out = False

    def listen(self, on_output: Callable[[Output], None] | None) -> None:
        """Tell of each piece from now on, and at once of what came before."""
        self._on_output = on_output
        if on_output:
            for output in self._collected.all():
                on_output(output)

    def text(self, stream: str, data: bytes) -> None:
        if self.full:
            return
        kept = data[: self._caps.max_bytes - self.size]
        self.size += len(kept)
        self._append_text(stream, self._decoders[stream].decode(kept))
        if len(kept) < len(data):
            self.full = True

    def display(self, fields: list[str], *, update: bool = False) -> None:
        if self._room_for(fields) and self._has_place():
            shown = read_shown(fields)
            kind = "update_display_data" if update else "display_data"
            details = (shown.metadata, shown.display_id)
            self._append(Output(kind, shown.bundle, None, _now(), *details))

    def clear(self, *, wait: bool) -> None:
        if self._room_for([]) and self._has_place():
            self._append(Output("clear_output", "", None, _now(), WAITS[wait]))

    def result(self, fields: list[str]) -> None:
        """The first is kept, however many outputs there were before."""
        if self._room_for(fields) and (not self._has_result or self._has_place()):
            self._has_result = True
            shown = read_shown(fields)
            text = shown.bundle.get("text/plain")
            rich = shown.bundle if len(shown.bundle) > 1 else None
            details = (rich, _now(), shown.metadata)
            self._append(Output("execution_result", str(text or ""), *details))

    def error(self, text: str) -> None:
        """An error is kept beyond the caps: the driver has shortened it, and sends but one."""
        if not self._has_error and len(text) <= self._caps.max_bytes:
            self._has_error = True
            self._append(Output("error", text, None, _now()))

    def finish(self) -> list[Output]:
        """All that was shown."""
        for stream, decoder in self._decoders.items():
            self._append_text(stream, decoder.decode(b"", final=True))
        return self._collected.all()

    def _append_text(self, stream: str, text: str) -> None:
        goes_on = not self._left_out and self._collected.goes_on(stream)
        if text and (goes_on or self._has_place()):
            self._append(Output(stream, text, None, _now()))

    def _append(self, output: Output, *, apart: bool = False) -> None:
        self._collected.add(output, apart=apart)
        if self._on_output:
            self._on_output(output)

    def _room_for(self, fields: list[str]) -> bool:
        size = sum(map(len, fields))
        if self.size + size > self._caps.max_bytes:
            self.full = True
        if self.full:
            return False
        self.size += size
        return True

    def _has_place(self) -> bool:
        """Whether one more may be shown. The first that may not is told of in its place."""
        if not self._left_out and len(self._collected) < self._caps.max_outputs:
            return True
        if not self._left_out:
            self._left_out = True
            self._append(Output("stderr", self._notice(), None, _now()), apart=True)
        self.size += LEFT_OUT_BYTES
        self.full |= self.size > self._caps.max_bytes
        return False

    def _notice(self) -> str:
        return (
            f"… An execution may show {self._caps.max_outputs:,} outputs (adjacent text is one): what "
            "follows was left out, but for a result or an error. …\n"
        )


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")


def _now() -> datetime:
    return datetime.now(UTC)
