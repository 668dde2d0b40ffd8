from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..shown import Discreet
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment
    from ..models.file_upload import FileUpload
    from ..models.standard_input import StandardInput


T = TypeVar("T", bound="ContainerExecRequest")


@_attrs_define(repr=False)
class ContainerExecRequest(Discreet):
    """A command to run in a container."""

    command: list[str]
    """ The command and its arguments, a list of words; for a line of shell, `["sh", "-c", "…"]`. """
    files: list[FileUpload] | Unset = UNSET
    """ Files to write before the command runs. """
    timeout_seconds: int | Unset = UNSET
    """ How long the command may run, in seconds. """
    working_directory: str | Unset = UNSET
    """ The folder to run the command in, by default the image's. """
    environment: Environment | Unset = UNSET
    """ Environment variables, by name. """
    user: str | Unset = UNSET
    """ The user to run it as, by name or number, with `:` and a group after it if need be. """
    stdin: StandardInput | Unset = UNSET
    """ What a program reads from its standard input. """

    def to_dict(self) -> dict[str, Any]:
        command = self.command

        files: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.files, Unset):
            files = []
            for files_item_data in self.files:
                files_item = files_item_data.to_dict()
                files.append(files_item)

        timeout_seconds = self.timeout_seconds

        working_directory = self.working_directory

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        user = self.user

        stdin: dict[str, Any] | Unset = UNSET
        if not isinstance(self.stdin, Unset):
            stdin = self.stdin.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "command": command,
            }
        )
        if files is not UNSET:
            field_dict["files"] = files
        if timeout_seconds is not UNSET:
            field_dict["timeout_seconds"] = timeout_seconds
        if working_directory is not UNSET:
            field_dict["working_directory"] = working_directory
        if environment is not UNSET:
            field_dict["environment"] = environment
        if user is not UNSET:
            field_dict["user"] = user
        if stdin is not UNSET:
            field_dict["stdin"] = stdin

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.environment import Environment
        from ..models.file_upload import FileUpload
        from ..models.standard_input import StandardInput

        d = dict(src_dict)
        command = cast(list[str], d.pop("command"))

        _files = d.pop("files", UNSET)
        files: list[FileUpload] | Unset = UNSET
        if _files is not UNSET:
            files = []
            for files_item_data in _files:
                files_item = FileUpload.from_dict(files_item_data)

                files.append(files_item)

        timeout_seconds = d.pop("timeout_seconds", UNSET)

        working_directory = d.pop("working_directory", UNSET)

        _environment = d.pop("environment", UNSET)
        environment: Environment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = Environment.from_dict(_environment)

        user = d.pop("user", UNSET)

        _stdin = d.pop("stdin", UNSET)
        stdin: StandardInput | Unset
        if isinstance(_stdin, Unset):
            stdin = UNSET
        else:
            stdin = StandardInput.from_dict(_stdin)

        container_exec_request = cls(
            command=command,
            files=files,
            timeout_seconds=timeout_seconds,
            working_directory=working_directory,
            environment=environment,
            user=user,
            stdin=stdin,
        )

        return container_exec_request
