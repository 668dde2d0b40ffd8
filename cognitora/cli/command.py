"""The shape of a command: with the options of all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, TypeAlias, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand

from . import numbers
from .context import Cli

PANEL = "Options of all commands"
Json: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--json",
        help="For machines: one JSON object a line on standard output, errors included.",
        rich_help_panel=PANEL,
    ),
]
Local: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--local",
        help="Use a runtime of its own on this machine, which ends with the command.",
        rich_help_panel=PANEL,
    ),
]
SHARED = {"json": Json, "local": Local}
F = TypeVar("F", bound=Callable[..., Any])

WORDS_FOLLOW = {"allow_interspersed_args": False}
"""Of commands whose arguments end with a command and its own options."""


def command(
    app: typer.Typer, name: str | None = None, settings: dict[str, Any] | None = None
) -> Callable[[F], F]:
    """Makes a function a command of `app`; its first parameter is the context."""

    def register(function: F) -> F:
        app.command(name, cls=Command, context_settings=settings)(_shared(function))
        return function

    return register


class Command(TyperCommand):
    """A command whose usage is as manuals have it: ID, [PORT], ID..."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows its name."""
        return ["[OPTIONS]", *filter(None, map(_piece, self.get_params(ctx)))]


def _piece(parameter: Any) -> str:
    if parameter.param_type_name != "argument":
        return ""
    text = str(parameter.metavar or parameter.name.upper())
    if parameter.nargs != 1 and not text.endswith("..."):
        text += "..."
    return text if parameter.required else f"[{text}]"


def group(help: str) -> typer.Typer:
    """Commands that belong together; what is said of all of them may stand before their names."""
    app = typer.Typer(help=help)

    def options(context: typer.Context, json: Json = False, local: Local = False) -> None:
        take(context.obj, json=json, local=local)

    options.__doc__ = help
    app.callback()(options)
    return app


def _shared(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*, json: bool, local: bool, **given: Any) -> Any:
        take(given["context"].obj, json=json, local=local)
        return function(**given)

    # Each paragraph in one line: the terminal's width breaks it, and not that of the source.
    run.__doc__ = "\n\n".join(" ".join(each.split()) for each in str(run.__doc__).split("\n\n"))
    hints = get_type_hints(function, include_extras=True)
    for hint in hints.values():
        for info in getattr(hint, "__metadata__", ()):
            info.parser = info.parser or numbers.reader(hint, info)
    known = [
        each.replace(annotation=hints[each.name])
        for each in signature(function).parameters.values()
    ]
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=hint)
        for name, hint in SHARED.items()
    ]
    # Where typer looks for parameters; `run` takes them all by name.
    told = signature(function).replace(parameters=[*known, *more])
    run.__signature__ = told  # type: ignore[attr-defined]  # `signature` looks for it, no type has it
    run.__annotations__ = hints | SHARED
    del run.__wrapped__
    return run


def take(cli: Cli, *, json: bool, local: bool) -> None:
    """Heeds the options of all."""
    cli.json |= json
    cli.local |= local
