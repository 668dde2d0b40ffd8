"""Why an engine wouldn't start a command, in words for whoever gave it."""

from __future__ import annotations

import errno
import os
import re

from .errors import CommandError

_NOT_FOUND = ("executable file not found", "no such file or directory")
_EXEC = re.compile(r'exec: "(?P<program>.*?)":', re.DOTALL)
_NOBODY = re.compile(
    r"unable to find (?:user|group|groups for spec) (?P<name>.*?): (?:\w+ /.*: )?(?P<why>.*)",
    re.DOTALL,
)
_LISTS = re.compile(r"SecureJoin /.*: (?P<why>too many levels of symbolic links)", re.DOTALL)
_FOLDER = re.compile(r'chdir to cwd \("(?P<folder>.*?)"\)|Cwd (?P<cwd>\S+)', re.DOTALL)


def is_refusal(message: str) -> bool:
    """Whether the engine says that the command itself is at fault."""
    return bool(
        _FOLDER.search(message)
        or _NOBODY.match(message)
        or _LISTS.match(message)
        or _EXEC.search(message)
        or "OCI runtime attempted to invoke a command that was not found" in message
        or "OCI permission denied" in message
        or re.search(r"no command (or entrypoint )?(was )?(provided|specified)", message, re.I)
    )


# What catatonit, the first process of every container, prints before it ends by 1.
_INIT = re.compile(rb"ERROR \(catatonit:\d+\): failed to exec pid1: (?P<why>[^\n]{1,200})\n")
_INIT_BEGINS = b"ERROR (catatonit:"
INIT_CODE = 1


def may_be_of_init(printed: bytes) -> bool:
    """Whether this may be the beginning of an init's refusal, or all of it."""
    known = printed[: len(_INIT_BEGINS)]
    return _INIT_BEGINS.startswith(known) and len(printed) < 300


def of_init(printed: bytes, program: str) -> CommandError | None:
    """What an init has said of `program`; None where that isn't what was printed."""
    found = _INIT.fullmatch(printed)
    if found is None:
        return None
    why = found["why"].decode(errors="replace")
    if why == os.strerror(errno.ENOENT):
        return CommandError(f"The command {program} isn't in the image.", 127)
    return CommandError(f"The command {program} can't be executed: {why}.", 126)


def user_error(message: str, user: str) -> CommandError:
    """The same, of the user that a command was to be run as."""
    return CommandError(f"The command can't be run as the user {user!r}: {message.strip()}.", 126)


def command_error(message: str) -> CommandError:
    """What to tell, for what the engine said."""
    if nobody := _NOBODY.match(message):
        return user_error(nobody["why"], nobody["name"])
    if lists := _LISTS.match(message):
        return CommandError(f"The command's user can't be looked up: {lists['why']}.", 126)
    not_found = any(words in message for words in _NOT_FOUND)
    code = 127 if not_found else 126  # Docker ends a command by 126 for either, Podman by 125
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
