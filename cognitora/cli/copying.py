"""`cognitora cp`: files and folders, into a sandbox and out of it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from cognitora import Container, InterpreterSession

from . import output
from .context import Cli
from .failures import Failure
from .places import Place

STANDARD = "-"
HINT = "`cognitora cp a.txt ID:folder/` or `cognitora cp ID:a.txt .`; a local name with a colon is ./a:b."

Sandbox = InterpreterSession | Container


def cp(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="ID:PATH, a local path, or - for standard input."),
    ],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="The same; - is standard output here.")
    ],
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="In a container, as which user.")
    ] = None,
    outside_links: Annotated[
        bool,
        typer.Option("--outside-links", help="Keep symbolic links out of a folder from inside."),
    ] = False,
) -> None:
    """Copy a file, or a folder with all in it, into a session or container or out of it.

    Into a folder that is there it goes under its own name, as with cp -r.
    """
    cli: Cli = context.obj
    inside, outside = Place.read(source), Place.read(target)
    if (inside is None) == (outside is None):
        raise Failure("One of the two must be ID:PATH, and the other a local path.", HINT)
    with cli.waiting(f"Copying {source}"):
        if outside is not None:
            copied = _in(cli.sandbox(outside.id), source, outside, user)
        else:
            assert inside is not None
            copied = _out(cli.sandbox(inside.id), inside, target, user, outside_links)
    if cli.json and target != STANDARD:
        output.json_line({"source": source, "target": copied})


def _in(sandbox: Sandbox, source: str, place: Place, user: str | None) -> str:
    """Where it is then."""
    path = place.path
    if source == STANDARD:
        sandbox.upload(sys.stdin.buffer, path, user=user)
        return f"{place.id}:{path}"
    local = Path(source)
    kind = local.stat().st_mode
    if path.endswith("/") or path == "." or sandbox.path(path, user=user).is_dir():
        path = str(PurePosixPath(path) / _name(local.resolve().name, source))
    if stat.S_ISDIR(kind):
        sandbox.upload_folder(local, path, user=user)
    else:
        mode = stat.S_IMODE(kind) & 0o777 if stat.S_ISREG(kind) else None
        sandbox.upload(local, path, mode=mode, user=user)
    return f"{place.id}:{path}"


def _out(sandbox: Sandbox, place: Place, target: str, user: str | None, outside_links: bool) -> str:
    """Where it is then."""
    if target == STANDARD:
        sandbox.download(place.path, _Stdout(), user=user)
        return target
    local = Path(target)
    there = sandbox.path(place.path, user=user)
    if target.endswith(os.sep) or local.is_dir():
        local = local / _name(there.name, place.path)
    if there.is_dir():
        return str(
            sandbox.download_folder(place.path, local, user=user, outside_links=outside_links)
        )
    return str(sandbox.download(place.path, local, user=user))


class _Stdout:
    """Standard output as a file: who reads it may leave."""

    def write(self, data: bytes, /) -> None:
        output.write("stdout", data)


def _name(name: str, path: str) -> str:
    if name in ("", ".", ".."):
        raise Failure(
            f"'{path}' has no name of its own.", "Name the target, which isn't there yet."
        )
    return name
