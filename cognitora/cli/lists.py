"""`cognitora ls`, `ps` and `rm`: what there is, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

import typer

from cognitora import (
    CognitoraError,
    Container,
    Execution,
    FileEntry,
    InterpreterSession,
    NotFoundError,
    ProcessInfo,
    Session,
)

from . import completion, output
from .context import Cli
from .exit_codes import FAILED
from .failures import Failure
from .places import Place

LIVING = ("RUNNING", "PENDING")
MOST = 1000
"""Containers that have ended, or processes, that are listed at most."""

KINDS = {"folder": "d", "link": "l", "file": "-"}


def ls(
    context: typer.Context,
    place: Annotated[
        str,
        typer.Argument(metavar="ID[:PATH]", help="A folder or a file; by default the work folder."),
    ],
    long: Annotated[
        bool, typer.Option("--long", "-l", help="Permissions, owner, size, time.")
    ] = False,
) -> None:
    """List the files of a session or a container."""
    cli: Cli = context.obj
    found = Place.read(place, usual=".")
    if found is None:
        raise Failure(f"'{place}' names no session or container.", "As in ID, or ID:/etc.")
    sandbox = cli.sandbox(found.id)
    path = sandbox.path(found.path)
    entries = _entries(cli, sandbox, found.path) if path.is_dir() else iter([path.stat()])
    if cli.json:
        for entry in entries:
            output.json_line(entry.to_dict())
    elif long:
        output.table(
            ("MODE", "OWNER", "SIZE", "MODIFIED", "NAME"), [_row(each) for each in entries]
        )
    else:
        for entry in entries:
            output.line(_name(entry))


def ps(
    context: typer.Context,
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="Of which session or container.",
            autocompletion=completion.sandboxes,
        ),
    ] = None,
    all: Annotated[
        bool,
        typer.Option("--all", "-a", help="Containers that have ended as well, the newest 1000."),
    ] = False,
) -> None:
    """List the sessions and containers that live; with an ID, the processes that were started in it."""
    cli: Cli = context.obj
    if id is not None:
        rows = [(each.to_dict(), _process(each)) for each in _processes(cli, id)]
        show(cli, ("ID", "STATUS", "EXIT", "CREATED", "COMMAND"), rows)
        return
    living = [({"kind": "session", **each.to_dict()}, session_row(each)) for each in _sessions(cli)]
    living += [
        ({"kind": "container", **each.to_dict()}, container_row(each))
        for each in containers(cli, ended=all)
    ]
    show(cli, HEADS, living)


def rm(
    context: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            help="Sessions, containers or processes.",
            autocompletion=completion.sandboxes,
        ),
    ],
) -> int:
    """End sessions, containers and processes; what can't be ended doesn't keep the others from it."""
    cli: Cli = context.obj
    return each(cli, ids, lambda id: _end(cli, id))


def each(cli: Cli, ids: Sequence[str], end: Callable[[str], object], kind: str = "") -> int:
    """Ends each, and tells so; what can't be ended doesn't keep the others from it.

    Args:
        cli: Where it is told.
        ids: What to end.
        end: What ends one; it says its kind, where `kind` doesn't.
        kind: What they are.

    Returns:
        The exit code.
    """
    code = 0
    for id in ids:
        try:
            ended = end(id)
            cli.show({"id": id, "kind": kind or ended, "removed": True}, id)
        except (CognitoraError, Failure) as error:
            cli.fail(error, id=id)
            code = FAILED
    return code


HEADS = ("ID", "KIND", "STATUS", "WHAT", "CREATED", "ENDS")


def show(
    cli: Cli, heads: tuple[str, ...], rows: list[tuple[dict[str, Any], tuple[Any, ...]]]
) -> None:
    """A list: objects for machines, a table for people."""
    if not cli.json:
        output.table(heads, [row for _, row in rows])
        return
    for value, _ in rows:
        output.json_line(value)


def session_row(each: Session) -> tuple[object, ...]:
    """What the table tells of a session."""
    ends = _time(each.expires_at)
    return each.session_id, "session", each.status, each.language, _time(each.created_at), ends


def container_row(each: Execution) -> tuple[object, ...]:
    """What the table tells of a container."""
    created, ends = _time(each.created_at), _time(each.expires_at)
    return each.id, "container", each.status, each.image, created, ends


def containers(cli: Cli, *, ended: bool) -> Iterator[Execution]:
    """The containers, the newest first; those that have ended only if they are asked for."""
    service = cli.client.containers
    if ended:
        yield from islice(service.iter_containers(), MOST)
        return
    for status in LIVING:
        yield from service.iter_containers(status=status)


def _sessions(cli: Cli) -> Iterator[Session]:
    yield from cli.client.code_interpreter.iter_sessions()


def _processes(cli: Cli, id: str) -> list[ProcessInfo]:
    service = cli.client.processes
    if isinstance(cli.sandbox(id), Container):
        return service.list_container_processes(id, MOST)
    return service.list_session_processes(id, MOST)


def _process(each: ProcessInfo) -> tuple[object, ...]:
    return each.id, each.status, each.exit_code, _time(each.created_at), " ".join(each.command)


def _end(cli: Cli, id: str) -> str:
    """Ends what has this id; its kind."""
    client = cli.client
    ways: dict[str, Callable[[str], object]] = {
        "session": client.code_interpreter.delete_session,
        "container": client.containers.cancel_container,
        "process": lambda id: client.processes.attach(id).kill(),
    }
    for kind, end in ways.items():
        try:
            end(id)
        except NotFoundError:
            continue
        return kind
    raise Failure(
        f"There is no session, container or process '{id}' here.",
        "`cognitora ps` lists what there is.",
        kind="NotFoundError",
    )


def _entries(cli: Cli, sandbox: InterpreterSession | Container, path: str) -> Iterator[FileEntry]:
    client = cli.client
    if isinstance(sandbox, Container):
        return client.containers.iter_files(sandbox.id, path)
    return client.code_interpreter.iter_files(sandbox.id, path)


def _name(entry: FileEntry) -> str:
    return entry.path.rpartition("/")[2] + ("/" if entry.type == "folder" else "")


def _row(entry: FileEntry) -> tuple[object, ...]:
    mode = f"{KINDS.get(entry.type, '?')}{(entry.mode or 0) & 0o7777:04o}"
    name = _name(entry) + (f" -> {entry.target}" if entry.target else "")
    return mode, entry.owner or entry.uid, entry.size, _time(entry.modified), name


def _time(moment: Any) -> str:
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
