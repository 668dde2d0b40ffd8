"""Options that several commands have, and what they are read as."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cognitora import FileUpload

from . import completion
from .failures import Failure

Id: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The id of a session or a container.",
        autocompletion=completion.sandboxes,
    ),
]
Environment: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--env", "-e", metavar="NAME=VALUE", help="An environment variable. Repeatable."),
]
Egress: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--egress",
        metavar="HOST[:PORT]",
        help="What may be reached, and nothing else: pypi.org:443, *.example.com, 10.1.0.0/16. Repeatable.",
    ),
]
Metadata: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--metadata", metavar="NAME=VALUE", help="A word to find it by. Repeatable."),
]
NoNetwork: TypeAlias = Annotated[
    bool, typer.Option("--no-network", help="Let not a packet leave the sandbox.")
]
Timeout: TypeAlias = Annotated[
    int | None, typer.Option("--timeout", metavar="SECONDS", min=1, help="Stop it after this time.")
]
Outcome: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--outcome",
        metavar="FILE",
        help="Write there, as one JSON object, how it ended: what ran, or this command.",
    ),
]
Pictures: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--pictures",
        metavar="DIR",
        help="Where pictures are saved; by default here, and with --json nowhere.",
        show_default=False,
    ),
]
Files: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--file", "-f", metavar="PATH[:NAME]", help="A file for it to find. Repeatable."),
]


def pairs(option: str, given: Sequence[str] | None) -> dict[str, str] | None:
    """`NAME=VALUE` as a dictionary; None where none was given.

    Raises:
        Failure: One isn't that.
    """
    if not given:
        return None
    for text in given:
        if not text.partition("=")[0] or "=" not in text:
            raise Failure(
                f"{option} takes NAME=VALUE, not '{text}'.", f"As in {option} COLOUR=red."
            )
    return {name: value for name, _, value in (text.partition("=") for text in given)}


def uploads(given: Sequence[str] | None) -> list[FileUpload] | None:
    """`PATH[:NAME]` as files to send along; None where none was given.

    Raises:
        OSError: One can't be read.
    """
    return [_upload(text) for text in given] if given else None


def _upload(text: str) -> FileUpload:
    path, colon, name = text.rpartition(":")
    if not colon or Path(text).exists():
        path, name = text, Path(text).name
    content = base64.b64encode(Path(path).read_bytes()).decode()
    return FileUpload(name=name, content=content, encoding="base64")
