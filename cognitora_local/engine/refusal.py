"""Why an engine wouldn't start a command, in words for whoever gave it."""

from __future__ import annotations

import re

from .errors import CommandError

_NOT_FOUND = ("executable file not found", "no such file or directory")
_EXEC = re.compile(r'exec: "(?P<program>.*?)":', re.DOTALL)
_FOLDER = re.compile(r'chdir to cwd \("(?P<folder>.*?)"\)|Cwd (?P<cwd>\S+)', re.DOTALL)


def is_refusal(message: str) -> bool:
    """Whether the engine says that the command itself is at fault."""
    return bool(
        _FOLDER.search(message)
        or _EXEC.search(message)
        or "OCI runtime attempted to invoke a command that was not found" in message
        or "OCI permission denied" in message
        or re.search(r"no command (or entrypoint )?(was )?(provided|specified)", message, re.I)
    )


def command_error(message: str, exit_code: int | None = None) -> CommandError:
    """What to tell, for what the engine said."""
    not_found = any(words in message for words in _NOT_FOUND)
    code = 127 if not_found else exit_code or 126  # Docker ends a command by 126 for either
    folder = _FOLDER.search(message)
    if folder:
        name = folder["folder"] or folder["cwd"]
        return CommandError(f"The folder {name} can't be entered in the container.", code)
    program = _EXEC.search(message)
    if program is None:
        if re.search(r"no command", message, re.I):
            return CommandError("There is no command: give one, the image has none.", 127)
        return CommandError("The command can't be started in the container.", code)
    if not_found:
        return CommandError(f"The command {program['program']} isn't in the image.", code)
    return CommandError(f"The command {program['program']} can't be executed.", code)
