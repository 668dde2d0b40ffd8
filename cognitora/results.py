"""What calls return, where the facade adds something to the generated models."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from cognitora_openapi.models import execute_code_response, interpreter_execution

from .errors import ExecutionError

if TYPE_CHECKING:
    from os import PathLike

    from cognitora_openapi.models import ExecuteCodeOutput, Execution

WELL = frozenset({"completed", "success", "succeeded", "ok"})

SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
}


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that code has shown.

    Attributes:
        media_type: Such as `"image/png"`.
        data: The bytes of the file.
    """

    media_type: str
    data: bytes = field(repr=False)

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes the picture into a file, whose folder must exist; returns its path."""
        target = Path(path)
        target.write_bytes(self.data)
        return target

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        if self.media_type == "image/svg+xml":
            return {self.media_type: self.data.decode()}
        return {self.media_type: base64.b64encode(self.data).decode()}


class Outcome:
    """How code ended, read from its outputs: the same for a result and for a record."""

    __slots__ = ()

    if TYPE_CHECKING:
        errors: list[str] | None

        @property
        def _outputs(self) -> list[ExecuteCodeOutput]: ...

        @property
        def _status(self) -> str: ...

    @property
    def ok(self) -> bool:
        """Whether the code ended well: a status of success and no error."""
        return self._status.lower() in WELL and not self.errors and not self._of("error")

    @property
    def text(self) -> str:
        """The value of the last expression, as text; where there is none, what was printed."""
        values = self._of("execution_result")
        return "\n".join(values) if values else self.stdout

    @property
    def stdout(self) -> str:
        """All that was printed to standard output."""
        return "".join(self._of("stdout"))

    @property
    def stderr(self) -> str:
        """All that was printed to standard error."""
        return "".join(self._of("stderr"))

    @property
    def error(self) -> str | None:
        """Why the code did not end well, with the traceback if there is one; None if it did."""
        if self.ok:
            return None
        told = self._of("error") or self.errors or [f"The execution's status is {self._status}."]
        return "\n".join(map(str, told))

    @property
    def images(self) -> list[Image]:
        """The pictures that were shown, in order: one for each figure, in the best form it came in."""
        pictures = (_picture(bundle) for bundle in self._bundles())
        return [picture for picture in pictures if picture is not None]

    def save(self, directory: str | PathLike[str]) -> list[Path]:
        """Writes the pictures into a folder, which is made if it is missing.

        Args:
            directory: Where to write. The files are named `image-1.png` and so on; files of the
                same name are replaced.

        Returns:
            The paths of the files, in the order of `images`.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        return [
            image.save(folder / f"image-{number}{SUFFIXES[image.media_type]}")
            for number, image in enumerate(self.images, 1)
        ]

    def raise_for_error(self) -> Self:
        """Turns code that failed into an exception.

        Returns:
            The result itself, if the code ended well.

        Raises:
            ExecutionError: It did not; the message has the traceback, `result` the rest.
        """
        if self.ok:
            return self
        raise ExecutionError(
            f"The code ended with status {self._status}.\n{self.error}",
            result=self,  # type: ignore[arg-type]  # the two that derive from this class
            operation="execute_code",
            may_have_run=True,
        )

    def _of(self, kind: str) -> list[str]:
        return [_plain(out.get("data")) for out in self._outputs if out.get("type") == kind]

    def _bundles(self) -> Iterator[Mapping[str, Any]]:
        """What was shown or returned in rich form."""
        for output in self._outputs:
            if output.get("type") in ("display_data", "execution_result"):
                for bundle in (output.get("mime_bundle"), output.get("data")):
                    if isinstance(bundle, Mapping):
                        yield bundle
                        break

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """What a notebook shows: the last rich output, else the text."""
        plain = "".join([self.stdout, *self._of("execution_result"), self.error or ""])
        shown: dict[str, Any] = {"text/plain": plain or self._status}
        for bundle in self._bundles():
            shown |= {kind: content for kind, content in bundle.items() if kind != "text/plain"}
        return shown


class ExecuteCodeResponse(Outcome, execute_code_response.ExecuteCodeResponse):
    """The result of running code.

    Attributes:
        data: `status`, `outputs`, `session_id`, `execution_id`, `execution_time_ms`, `created_at`.
        errors: What went wrong, a line each; None or empty where nothing did.
    """

    __slots__ = ()

    @property
    def _outputs(self) -> list[ExecuteCodeOutput]:
        return self.data.outputs

    @property
    def _status(self) -> str:
        return str(self.data.status)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Reads an answer. An output that can't be one doesn't take the others with it."""
        data = src_dict["data"]
        rows = [row for row in data.get("outputs") or () if isinstance(row, dict) and "type" in row]
        return super().from_dict({**src_dict, "data": {**data, "outputs": rows}})


class InterpreterExecution(Outcome, interpreter_execution.InterpreterExecution):
    """The record of an execution: its `id`, `status`, `outputs`, `code` and times."""

    __slots__ = ()

    @property
    def _outputs(self) -> list[ExecuteCodeOutput]:
        return self.outputs or []

    @property
    def _status(self) -> str:
        return str(self.status)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What `run_and_wait` returns: read as attributes or, as in `result["logs"]`, by name.

    Attributes:
        execution: The container in its final state.
        logs: What it printed.
    """

    execution: Execution
    logs: str

    def __getitem__(self, name: str) -> Any:
        if name not in ("execution", "logs"):
            raise KeyError(name)
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in ("execution", "logs")

    def keys(self) -> tuple[str, str]:
        """The names that can be indexed."""
        return ("execution", "logs")


def _plain(data: Any) -> str:
    """An output's data as text, also where a server gives the whole MIME bundle."""
    if isinstance(data, Mapping):
        data = data.get("text/plain")
    return "" if data is None else str(data)


def _picture(bundle: Mapping[str, Any]) -> Image | None:
    """The best picture of a MIME bundle, if it has one that can be read."""
    for kind in SUFFIXES:
        content = bundle.get(kind)
        if isinstance(content, list):  # notebooks write long texts as a list of lines
            content = "".join(map(str, content))
        if not isinstance(content, str):
            continue
        if kind == "image/svg+xml":
            return Image(kind, content.encode())
        try:
            return Image(kind, base64.b64decode("".join(content.split()), validate=True))
        except (binascii.Error, ValueError):
            continue
    return None
