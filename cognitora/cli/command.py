"""The shape of a command: with the options of all."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

from .context import Cli

SHARED = {
    "json": "For machines: one JSON object a line on standard output, errors included.",
    "local": "Use a runtime of its own on this machine, which ends with the command.",
}


def shared() -> list[TyperOption]:
    """The options that every command and every group has."""
    return [
        TyperOption(
            param_decls=[f"--{name}"],
            is_flag=True,
            default=False,
            expose_value=False,
            is_eager=True,
            callback=_taken,
            help=help,
            rich_help_panel="Options of all commands",
        )
        for name, help in SHARED.items()
    ]


def _taken(context: Any, option: Any, value: bool) -> None:
    if value and isinstance(context.obj, Cli):
        setattr(context.obj, option.name, True)


class Command(TyperCommand):
    """A command."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params += shared()


class Group(TyperGroup):
    """Commands that belong together."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.params += shared()
