# Derived from ../_async/container_commands.py by `make generate`: change that, not this.
"""Commands in persistent containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cognitora_openapi.api.compute import execute_in_container
from cognitora_openapi.models import ContainerExecRequest

from .. import answers, checks, requests
from ..checks import given
from ..deadline import GRACE_SECONDS, RUN_SECONDS
from ..results import ContainerExecResponse
from .service import Service

if TYPE_CHECKING:
    from cognitora_openapi.models import FileUpload


class ContainerCommands(Service):
    """The part of the containers that runs commands in them."""

    def execute_in_container(
        self,
        container_id: str,
        command: Sequence[str],
        files: Sequence[FileUpload] | None = None,
        timeout_seconds: int | None = None,
        working_directory: str | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        request_timeout: float | None = None,
    ) -> ContainerExecResponse:
        """Runs a command in a running persistent container and waits for its end.

        Args:
            container_id: The container's id.
            command: The command and its arguments, a list of words; `["sh", "-c", "…"]` for shell.
            files: Files to write before it runs.
            timeout_seconds: How long it may run, in seconds; by default as the service sees fit.
            working_directory: The folder to run it in, by default the image's.
            environment: Environment variables for this command.
            request_timeout: Seconds to wait for the answer, instead of `timeout_seconds` (300 where
                it is not given) + 30.

        Returns:
            What it printed, as `.output`, and where the server tells, its `.exit_code` and the `.reason` if
            it failed; `.ok` says whether it ended well, `.raise_for_error()` raises an error if not.

        Raises:
            CognitoraError: The call failed; `may_have_run` says whether it may have run.
        """
        request = requests.command(
            ContainerExecRequest(
                command=checks.words("command", command),
                files=given(files),
                timeout_seconds=given(timeout_seconds),
                working_directory=given(working_directory),
                environment=given(environment),
            )
        )
        response = self._wire.call(
            "execute_in_container",
            execute_in_container._get_kwargs(
                checks.identifier("container_id", container_id), body=request
            ),
            request_timeout,
            (request.timeout_seconds or RUN_SECONDS["execute_in_container"]) + GRACE_SECONDS,
        )
        return answers.one(response, ContainerExecResponse)
