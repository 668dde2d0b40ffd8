"""How much a server's callers may use."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ... import InvalidRequestError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much each caller of a server may use.

    Raises:
        InvalidRequestError: One of them isn't above zero.
    """

    timeout_seconds: int = 60
    """How long code and commands run, where the call doesn't say."""
    max_timeout_seconds: int = 3600
    """The most that a call may ask for."""
    output_characters: int = 50_000
    """How much of each text is returned; of a longer one, its beginning and its end."""
    file_bytes: int = 10 * 1024 * 1024
    """The size of a file that is sent or fetched, at most."""
    listed_files: int = 1000
    """Entries of a folder that are listed; how many others there are isn't looked at."""
    sessions: int = 8
    """Sessions at a time."""
    session_seconds: int = 3600
    """How long a session or a container lives after the last call that named it."""
    containers: int = 4
    """Containers at a time."""
    cpu_cores: float = 1
    """Of each session and container."""
    memory_mb: int = 1024
    """Of each session and container, in MiB."""
    max_cost_credits: int = 100
    """The most that one container may cost."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise InvalidRequestError(f"{field.name} must be a number above 0, not {value!r}.")

    @property
    def request_bytes(self) -> int:
        """What a request has at most: a file, of which JSON may write each byte in six characters."""
        return self.file_bytes * 6 + 4 * 1024 * 1024

    def seconds(self, asked: int | None) -> int:
        """How long something may run; what a call asks for, or the default.

        Raises:
            InvalidRequestError: It asks for too much, or for nothing.
        """
        seconds = self.timeout_seconds if asked is None else asked
        if not 0 < seconds <= self.max_timeout_seconds:
            raise InvalidRequestError(
                f"timeout_seconds must be from 1 to {self.max_timeout_seconds}, not {seconds}."
            )
        return seconds

    def cut(self, text: str) -> str:
        """A text that is not too long: of one that is, its beginning and its end."""
        if len(text) <= self.output_characters:
            return text
        half = self.output_characters // 2
        return f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[len(text) - half :]}"
