"""What a process prints, and how it ended."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from .containers import brief, ended, raise_for

if TYPE_CHECKING:
    from cognitora_openapi.models import ProcessOutputPiece

    from . import ProcessInfo


@dataclass(frozen=True, slots=True)
class OutputPiece:
    """What a process has printed in one go.

    Attributes:
        stream: `"stdout"` or `"stderr"`; of a process with a terminal always the first.
        data: The bytes.
        text: The characters that they complete. One that is cut comes whole with the piece that follows; what
            isn't UTF-8 shows as replacement characters.
    """

    stream: str
    data: bytes
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, repr=False)
class ProcessResult:
    """What `communicate` returns.

    Attributes:
        info: The process when it had ended.
        pieces: What it printed, in order.
    """

    info: ProcessInfo
    pieces: Sequence[OutputPiece]

    @property
    def output(self) -> str:
        """What it printed, to both streams, as text."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def stdout(self) -> str:
        """What it printed to its standard output, as text."""
        return "".join(piece.text for piece in self.pieces if piece.stream != "stderr")

    @property
    def stderr(self) -> str:
        """What it printed to its standard error, as text."""
        return "".join(piece.text for piece in self.pieces if piece.stream == "stderr")

    @property
    def ok(self) -> bool:
        """Whether it has ended well: with exit code 0."""
        return self.info.ok

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None where it was stopped, and nobody knows."""
        return self.info.exit_code

    @property
    def stdout_bytes(self) -> bytes:
        """What it printed to its standard output, as it was."""
        return b"".join(piece.data for piece in self.pieces if piece.stream != "stderr")

    @property
    def stderr_bytes(self) -> bytes:
        """What it printed to its standard error, as it was."""
        return b"".join(piece.data for piece in self.pieces if piece.stream == "stderr")

    def raise_for_error(self) -> Self:
        """Turns a process that failed or was stopped into an exception.

        Returns:
            The result itself, if it has ended well.

        Raises:
            ExecutionError: It did not. The message says why, and ends with the last lines that were printed;
                `result` is this.
        """
        raise_for(self.info, self, self.stderr or self.stdout)
        return self

    def __repr__(self) -> str:
        return brief(
            "ProcessResult", self.info.id, self.info, stdout=self.stdout, stderr=self.stderr
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return ended(self.info, self.info._name, repr(self), self.stdout, self.stderr)


class OutputDecoder:
    """Makes pieces of what a server sends of a process's output.

    Attributes:
        offset: Where the next byte stands, of both streams together.
    """

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        new = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": new("replace"), "stderr": new("replace")}

    def piece(self, sent: ProcessOutputPiece) -> OutputPiece | None:
        """What is new of it; None where nothing is.

        Raises:
            ValueError: It can't be read, or something between the piece before and this is missing.
        """
        whole = base64.b64decode(sent.data) if sent.encoding == "base64" else sent.data.encode()
        known = self.offset - sent.offset
        if known < 0:
            raise ValueError(f"what follows {self.offset} bytes is missing")
        data = whole[known:]
        if not data:
            return None
        self.offset += len(data)
        return OutputPiece(sent.stream, data, self._decoder(sent.stream).decode(data))

    def last(self) -> list[OutputPiece]:
        """The characters that nothing has completed."""
        left = {stream: each.decode(b"", final=True) for stream, each in self._decoders.items()}
        return [OutputPiece(stream, b"", text) for stream, text in left.items() if text]

    def _decoder(self, stream: str) -> codecs.IncrementalDecoder:
        return self._decoders["stderr" if stream == "stderr" else "stdout"]
