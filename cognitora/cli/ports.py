"""`cognitora port`: servers inside, reached from outside."""

from __future__ import annotations

from typing import Annotated

import typer

from . import lists, options
from .context import Cli
from .failures import Failure


def port(
    context: typer.Context,
    id: options.Id,
    number: Annotated[
        int | None,
        typer.Argument(metavar="PORT", help="The port that a server inside listens on."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the port back.")] = False,
) -> None:
    """Let a port of a session or container be reached, and print its URL; without PORT, list them."""
    cli: Cli = context.obj
    sandbox = cli.sandbox(id)
    if number is None:
        if remove:
            raise Failure("Which port is to be taken back?", "`cognitora port ID PORT --remove`.")
        ports = sandbox.ports()
        rows = [(each.to_dict(), (each.port, each.url, each.address)) for each in ports]
        lists.show(cli, ("PORT", "URL", "ADDRESS"), rows)
    elif remove:
        sandbox.unexpose(number)
        cli.show({"id": id, "port": number, "removed": True}, str(number))
    else:
        exposed = sandbox.expose(number)
        cli.show(exposed.to_dict(), exposed.url)
