from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment
    from ..models.terminal_size import TerminalSize


T = TypeVar("T", bound="ProcessRequest")


@_attrs_define(repr=False)
class ProcessRequest(Discreet):
    """A command to run in the background."""

    command: list[str]
    """ The command and its arguments, a list of words; for a line of shell, `["sh", "-c", "…"]`. """
    working_directory: str | Unset = UNSET
    """ The folder to run the command in, by default a session's work folder or the image's. """
    environment: Environment | Unset = UNSET
    """ Environment variables, by name. """
    user: str | Unset = UNSET
    """ The user to run it as, by name or number, with `:` and a group after it if need be; by default the image's.
    A
    session has one user only, so there it is refused.
     """
    timeout_seconds: int | Unset = UNSET
    """ How long it may run, in seconds; by default as long as its session or container lives. """
    stdin: bool | Unset = True
    """ Whether it can be written to; if not, its standard input is at its end from the start. """
    terminal: TerminalSize | Unset = UNSET
    """ The size of a terminal, in characters. A process that has one prints all to its standard output.
     """

    def to_dict(self) -> dict[str, Any]:
        command = self.command

        working_directory = self.working_directory

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        user = self.user

        timeout_seconds = self.timeout_seconds

        stdin = self.stdin

        terminal: dict[str, Any] | Unset = UNSET
        if not isinstance(self.terminal, Unset):
            terminal = self.terminal.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "command": command,
            }
        )
        if working_directory is not UNSET:
            field_dict["working_directory"] = working_directory
        if environment is not UNSET:
            field_dict["environment"] = environment
        if user is not UNSET:
            field_dict["user"] = user
        if timeout_seconds is not UNSET:
            field_dict["timeout_seconds"] = timeout_seconds
        if stdin is not UNSET:
            field_dict["stdin"] = stdin
        if terminal is not UNSET:
            field_dict["terminal"] = terminal

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.environment import Environment
        from ..models.terminal_size import TerminalSize

        d = dict(src_dict)
        command = cast(list[str], d.pop("command"))

        working_directory = d.pop("working_directory", UNSET)

        _environment = d.pop("environment", UNSET)
        environment: Environment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = Environment.from_dict(_environment)

        user = d.pop("user", UNSET)

        timeout_seconds = d.pop("timeout_seconds", UNSET)

        stdin = d.pop("stdin", UNSET)

        _terminal = d.pop("terminal", UNSET)
        terminal: TerminalSize | Unset
        if isinstance(_terminal, Unset):
            terminal = UNSET
        else:
            terminal = TerminalSize.from_dict(_terminal)

        process_request = cls(
            command=command,
            working_directory=working_directory,
            environment=environment,
            user=user,
            timeout_seconds=timeout_seconds,
            stdin=stdin,
            terminal=terminal,
        )

        return process_request
