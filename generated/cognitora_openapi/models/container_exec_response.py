from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.container_status import ContainerStatus
from ..response_model import ResponseModel, moment, present

T = TypeVar("T", bound="ContainerExecResponse")


@_attrs_define(kw_only=True, repr=False)
class ContainerExecResponse(ResponseModel):
    """How a command in a container ended."""

    container_id: None | str = None
    """ The container's id. """
    command: list[str] | None = None
    """ The command and its arguments. """
    output: str
    """ What the command printed, standard output and standard error together. """
    stdout: None | str = None
    """ What it printed to its standard output. What isn't UTF-8 shows as replacement characters. """
    stdout_base_64: None | str = None
    """ The same as the bytes that it printed, in base64; null where they are UTF-8. """
    stderr: None | str = None
    """ What it printed to its standard error. What isn't UTF-8 shows as replacement characters. """
    stderr_base_64: None | str = None
    """ The same as the bytes that it printed, in base64; null where they are UTF-8. """
    exit_code: int | None = None
    """ The command's exit code; null where it was stopped. """
    execution_id: None | str = None
    """ The id of the execution's record. """
    status: ContainerStatus | None | str = None
    """ How it ended: `COMPLETED` with exit code 0, else `FAILED`; `TIMEOUT` where its time was up; `CANCELLED`
    where
    it was stopped because its caller went away, or because its container was cancelled.
     """
    reason: None | str = None
    """ Why it failed or was stopped, as a sentence. """
    executed_at: datetime.datetime | None = None
    """ When the command ran. """
    files_uploaded: int | None = None
    """ How many files were written. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    _fields: ClassVar[dict[str, str]] = {
        "containerId": "container_id",
        "command": "command",
        "output": "output",
        "stdout": "stdout",
        "stdoutBase64": "stdout_base_64",
        "stderr": "stderr",
        "stderrBase64": "stderr_base_64",
        "exitCode": "exit_code",
        "executionId": "execution_id",
        "status": "status",
        "reason": "reason",
        "executedAt": "executed_at",
        "filesUploaded": "files_uploaded",
    }

    def to_dict(self) -> dict[str, Any]:
        container_id: None | str
        container_id = self.container_id

        command: list[str] | None
        if isinstance(self.command, list):
            command = self.command

        else:
            command = self.command

        output = self.output

        stdout: None | str
        stdout = self.stdout

        stdout_base_64: None | str
        stdout_base_64 = self.stdout_base_64

        stderr: None | str
        stderr = self.stderr

        stderr_base_64: None | str
        stderr_base_64 = self.stderr_base_64

        exit_code: int | None
        exit_code = self.exit_code

        execution_id: None | str
        execution_id = self.execution_id

        status: None | str
        if isinstance(self.status, str):
            status = self.status
        else:
            status = self.status

        reason: None | str
        reason = self.reason

        executed_at: None | str
        if isinstance(self.executed_at, datetime.datetime):
            executed_at = self.executed_at.isoformat()
        else:
            executed_at = self.executed_at

        files_uploaded: int | None
        files_uploaded = self.files_uploaded

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            present(
                {
                    "containerId": container_id,
                    "command": command,
                    "output": output,
                    "stdout": stdout,
                    "stdoutBase64": stdout_base_64,
                    "stderr": stderr,
                    "stderrBase64": stderr_base_64,
                    "exitCode": exit_code,
                    "executionId": execution_id,
                    "status": status,
                    "reason": reason,
                    "executedAt": executed_at,
                    "filesUploaded": files_uploaded,
                }
            )
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        container_id = d.pop("containerId", None)

        command = d.pop("command", None)

        output = d.pop("output")

        stdout = d.pop("stdout", None)

        stdout_base_64 = d.pop("stdoutBase64", None)

        stderr = d.pop("stderr", None)

        stderr_base_64 = d.pop("stderrBase64", None)

        exit_code = d.pop("exitCode", None)

        execution_id = d.pop("executionId", None)

        status = d.pop("status", None)

        reason = d.pop("reason", None)

        executed_at = moment(d.pop("executedAt", None))

        files_uploaded = d.pop("filesUploaded", None)

        container_exec_response = cls.__new__(cls)
        container_exec_response.container_id = container_id
        container_exec_response.command = command
        container_exec_response.output = output
        container_exec_response.stdout = stdout
        container_exec_response.stdout_base_64 = stdout_base_64
        container_exec_response.stderr = stderr
        container_exec_response.stderr_base_64 = stderr_base_64
        container_exec_response.exit_code = exit_code
        container_exec_response.execution_id = execution_id
        container_exec_response.status = status
        container_exec_response.reason = reason
        container_exec_response.executed_at = executed_at
        container_exec_response.files_uploaded = files_uploaded

        container_exec_response.additional_properties = d
        return container_exec_response
