"""How code ended, read from its outputs: the same for a result and for a record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import ExecutionError
from ..shown import LINE, cut, last_states, left
from ..statuses import UNFINISHED, WELL
from .images import Image, picture
from .outputs import bundle_of, plain

if TYPE_CHECKING:
    from os import PathLike

    from cognitora_openapi.models import ExecuteCodeOutput

SHOWN = 20
"""Outputs in a repr, and kinds of one."""


class CodeOutcome:
    """What a result and a record have in common."""

    __slots__ = ()

    if TYPE_CHECKING:
        errors: list[str] | None

        @property
        def _outputs(self) -> list[ExecuteCodeOutput]: ...

        @property
        def _status(self) -> str: ...

        @property
        def _name(self) -> str | None: ...

    @property
    def ok(self) -> bool:
        """Whether the code ended well: a status of success and no error."""
        return self._status.lower() in WELL and not self.errors and not self._of("error")

    @property
    def text(self) -> str:
        """The value of the last expression, as text; where there is none, what was printed.

        What the code itself has cleared (`clear_output`) or written over (a progress bar, by carriage
        returns) is left out; `stdout` has all of it.
        """
        outputs = left(self._outputs)
        values = [plain(out.data) for out in outputs if out.type == "execution_result"]
        if values:
            return "\n".join(values)
        return last_states("".join(plain(out.data) for out in outputs if out.type == "stdout"))

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
        """Why the code did not end well; None if it did, or is still running.

        The traceback, if there is one, then what the service says and it doesn't, such as that the code was
        stopped at its timeout.
        """
        traceback = "\n".join(self._of("error")).rstrip("\n")
        lines = _bare(traceback)
        reasons = [reason for reason in self.errors or () if _bare(reason) not in lines]
        told = "\n".join([traceback, *reasons] if traceback else reasons)
        if told or self.ok or self._status.lower() in UNFINISHED:
            return told or None
        return f"The execution's status is {self._status}."

    @property
    def images(self) -> list[Image]:
        """The pictures that were shown, in order: one for each figure, in the best form it came in.

        Of a display that was updated the last, and none that was cleared.
        """
        pictures = (picture(bundle_of(output)) for output in left(self._outputs))
        return [found for found in pictures if found is not None]

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
            image.save(folder / f"image-{number}{image.suffix}")
            for number, image in enumerate(self.images, 1)
        ]

    def raise_for_error(self) -> Self:
        """Turns code that failed into an exception.

        Returns:
            The result itself, if the code ended well or is still running.

        Raises:
            ExecutionError: It did not end well; the message ends with `error`, `result` has the rest.
        """
        error = self.error
        if error is None:
            return self
        raise ExecutionError(
            f"The code ended with status {self._status}.\n{error}",
            result=self,  # type: ignore[arg-type]  # the two that derive from this class
            operation="execute_code",
            may_have_run=True,
        )

    def _of(self, kind: str) -> list[str]:
        return [plain(out.get("data")) for out in self._outputs if out.get("type") == kind]

    def __repr__(self) -> str:
        # Where there are reasons, they say it shorter than tracebacks.
        outputs = [out for out in self._outputs if out.type != "error" or not self.errors]
        lines = [f"{output.type[:LINE]}: {_line(output)}" for output in outputs[:SHOWN]]
        if len(outputs) > SHOWN:
            lines.append(f"and {len(outputs) - SHOWN} outputs more")
        lines += [f"error: {cut(reason)}" for reason in (self.errors or [])[:SHOWN]]
        words = [f"<{type(self).__name__}", self._name, self._status]
        head = " ".join(word[:LINE] for word in words if word)
        return "\n  ".join([head, *lines]) + ">"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """What is shown where only one thing can be: all of it in one piece."""
        from .display import code

        text = self.stdout + self.stderr
        text += "\n".join([*self._of("execution_result"), *filter(None, [self.error])])
        return code.bundle(self._outputs, self.error, text or self._status)

    def _ipython_display_(self) -> None:
        """What a notebook shows: every output, in order, as if the code had run in the cell."""
        from .display import code

        code.show(self._outputs, self.error)


def _line(output: ExecuteCodeOutput) -> str:
    """An output in one line."""
    bundle = bundle_of(output)
    text = plain(output.data) or plain(bundle)
    if output.type == "error":
        text = text.rstrip("\n").rpartition("\n")[2]  # a traceback tells most at its end
    parts = [cut(text)] if text or not bundle else []
    image = picture(bundle)
    if image is not None:
        parts.append(f"{image.media_type} of {len(image.data):,} bytes")
    named = {"text/plain", image and image.media_type}
    parts += [kind[:LINE] for kind in bundle if kind not in named]
    return ", ".join(parts[:SHOWN])


def _bare(text: str) -> str:
    """Its lines without what they have around them: groups of Python's a frame, node's properties."""
    lines = [line.strip(" |").removesuffix(" {") for line in text.splitlines()]
    return "\n".join(["", *lines, ""])
