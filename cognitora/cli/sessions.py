"""`cognitora session`: interpreters that remember."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from . import completion, lists, options, output
from .command import command, group
from .context import Cli
from .failures import Failure

app = group("Sessions: interpreters that remember.")

SessionId = Annotated[
    str,
    typer.Argument(metavar="ID", help="The session's id.", autocompletion=completion.sessions),
]
Life = Annotated[
    int | None,
    typer.Option("--timeout", metavar="SECONDS", min=1, help="How long it lives, from now."),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Until when it lives, as in ISO 8601.")
]


@command(app)
def create(
    context: typer.Context,
    language: Annotated[
        str, typer.Option("--language", "-l", help="python, javascript or bash.")
    ] = "python",
    timeout: Life = None,
    until: Until = None,
    environment: options.Environment = None,
    egress: options.Egress = None,
    metadata: options.Metadata = None,
    cpu: Annotated[float | None, typer.Option("--cpu", metavar="CORES", help="Its cores.")] = None,
    memory: Annotated[
        int | None, typer.Option("--memory", metavar="MB", help="Its memory.")
    ] = None,
    storage: Annotated[
        float | None, typer.Option("--storage", metavar="GB", help="Its room for files.")
    ] = None,
) -> None:
    """Make a session, and print its id. It lives until it is removed, or its time is over."""
    cli: Cli = context.obj
    cli.check_lasting("a session")
    asked = {"cpu_cores": cpu, "memory_mb": memory, "storage_gb": storage}
    resources = {name: value for name, value in asked.items() if value is not None}
    service = cli.client.code_interpreter
    with cli.waiting("Making a session"):
        made = service.create_session(
            language,
            timeout,
            until,
            options.pairs("--env", environment),
            resources or None,
            metadata=options.pairs("--metadata", metadata),
            egress=egress,
        )
    cli.show(made.to_dict(), made.session_id)


@command(app, "ls")
@command(app, "list")
def list_(context: typer.Context, metadata: options.Metadata = None) -> None:
    """List the sessions that live."""
    cli: Cli = context.obj
    found = cli.client.code_interpreter.iter_sessions(
        metadata=options.pairs("--metadata", metadata)
    )
    lists.show(cli, lists.HEADS, [(each.to_dict(), lists.session_row(each)) for each in found])


@command(app)
def show(context: typer.Context, id: SessionId) -> None:
    """Show a session."""
    cli: Cli = context.obj
    session = cli.client.code_interpreter.get_session(id).to_dict()
    tell(cli, session)


@command(app)
def extend(
    context: typer.Context, id: SessionId, timeout: Life = None, until: Until = None
) -> None:
    """Give a session another end."""
    cli: Cli = context.obj
    if (timeout is None) == (until is None):
        raise Failure("Give either --timeout or --until.", "As in --timeout 3600.")
    tell(cli, cli.client.code_interpreter.update_session(id, timeout, until).to_dict())


@command(app)
def rm(
    context: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...", help="The sessions' ids.", autocompletion=completion.sessions
        ),
    ],
) -> int:
    """End sessions, and delete what is in them."""
    cli: Cli = context.obj
    return lists.each(cli, ids, cli.client.code_interpreter.delete_session, "session")


def tell(cli: Cli, facts: dict[str, Any]) -> None:
    """One thing with all that is known of it: an object, or a line for each fact."""
    if cli.json:
        output.json_line(facts)
        return
    plain = dict(_plain(facts))
    width = max(map(len, plain), default=0)
    for name, fact in plain.items():
        output.line(f"{name.ljust(width)}  {'' if fact is None else fact}")


def _plain(facts: Mapping[str, Any], of: str = "") -> Iterator[tuple[str, object]]:
    """The facts that fit in a line, those of a part under its name and theirs."""
    for name, fact in facts.items():
        if isinstance(fact, Mapping):
            yield from _plain(fact, f"{of}{name}.")
        elif not isinstance(fact, list):
            yield f"{of}{name}", fact
