"""What can be set about a runtime, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a runtime.

    Attributes:
        max_code_bytes: the longest code that is accepted, in bytes of UTF-8 (default 1 MiB).
        max_body_bytes: the longest JSON body, files in it included (default 32 MiB).
        max_file_bytes: the largest file that can be uploaded (default 1 GiB).
        max_download_bytes: the largest file that is handed out, holes in it included (default 16
            GiB); of a session or container with a limit of storage, no larger than that.
        max_running: how many one-shots run at the same time; more wait their turn (default 32).
        max_executions: how many executions run or wait; more are refused with 429 (default 512).
        max_sessions: how many sessions live at the same time; more are refused with 429 (default 64).
        warm_kernels: how many kernels of a language are kept started for the next one-shot or
            session (default 2); where they are pods, by all gateways together.
        max_containers: how many containers there are at the same time that haven't ended; more are
            refused with 429 (default 64).
        max_commands: how many commands run at the same time in one container, beside its own; more
            are refused with 429 (default 32).
        max_log_bytes: how much is kept of what a container or a command in it prints (default
            10 MiB).
        session_seconds: the life of a session that was created without saying one (default 1 day).
        month_credits: what the containers that were created within a month (UTC) may cost together; one that
            might cost more is refused with 402 (default: without limit).
    """

    max_code_bytes: int = MIB
    max_body_bytes: int = 32 * MIB
    max_file_bytes: int = 1024 * MIB
    max_download_bytes: int = 16 * 1024 * MIB
    max_running: int = 32
    max_executions: int = 512
    max_sessions: int = 64
    warm_kernels: int = 2
    max_containers: int = 64
    max_commands: int = 32
    max_log_bytes: int = 10 * MIB
    session_seconds: int = 24 * 60 * 60
    month_credits: int | None = None
