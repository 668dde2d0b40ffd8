"""What any request may ask for of this runtime, beyond what a schema can say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..filesystem.errors import UnknownUser
from ..forwarding.rules import Rules
from .errors import ApiError, bad_request
from .files import PATH_BYTES
from .validation_messages import shown

MAX_SECONDS = 10**9  # about 30 years
CPU_CORES = (0.01, 1024)
STORAGE_GB = (0.01, 2**14)

VARIABLE_BYTES = 100_000  # Linux takes no more than 128 KiB of one
VARIABLES = 1000
ARGUMENT_BYTES = 100_000  # the same of an argument
COMMAND_BYTES = 1_200_000  # and no more than about 2 MiB of all, the environment included


def expires_at_of(body: Mapping[str, Any], now: datetime) -> datetime:
    """`expires_at`, which isn't past."""
    expires_at = date_of(body["expires_at"])
    if expires_at <= now:
        raise bad_request(f"`expires_at` is past: {body['expires_at']}. Give a later time.")
    return expires_at


def check_life(
    what: str, created_at: datetime, expires_at: datetime | None, most: float | None
) -> None:
    """Refuse an end that comes later than `most` seconds after the creation of `what`.

    Raises:
        ApiError: 400.
    """
    if most is None or expires_at is None or expires_at - created_at <= timedelta(seconds=most):
        return
    message = f"{what} lives {most:g} seconds here at most, from its creation on"
    advice = "Give an earlier end, and create another then."
    raise bad_request(f"{message}. {advice}", "unsupported")


def date_of(text: str, field: str = "expires_at") -> datetime:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (OverflowError, ValueError):  # a leap second, or the end of the calendar
        message = f"`{field}` isn't a moment that can be reckoned with: {text}. Give another."
        raise bad_request(message) from None


def metadata_of(text: str | None) -> dict[str, str]:
    """The words that a list is filtered by.

    Raises:
        ApiError: 400, when they aren't a JSON object of texts.
    """
    if text is None:
        return {}
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        wanted = None
    if isinstance(wanted, dict) and all(isinstance(each, str) for each in wanted.values()):
        return wanted
    example = 'such as {"team": "blue"}'
    raise bad_request(f"`metadata` must be a JSON object of texts, {example}; it is {shown(text)}.")


def environment_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables that a process can be given."""
    environment: dict[str, str] = body.get("environment", {})
    if len(environment) > VARIABLES:
        raise bad_request(f"`environment` must have at most {VARIABLES} variables here.")
    for name, value in environment.items():
        # The value may be a secret, and isn't repeated.
        if "=" in name or "\0" in name + value:
            raise bad_request(
                f"The environment variable {name[:80]!r} can't be set: "
                "a name may hold no `=`, and neither a name nor a value a NUL."
            )
        if len(name.encode()) + len(value.encode()) > VARIABLE_BYTES:
            message = f"The environment variable {name[:80]!r} has more than {VARIABLE_BYTES} bytes"
            raise bad_request(f"{message}. Send it as a file.")
    return environment


def egress_of(body: Mapping[str, Any], *, networking: bool) -> list[str] | None:
    """`egress`: what may be reached; None: everything, or nothing without networking."""
    rules: list[str] | None = body.get("egress")
    if rules is None:
        return None
    if not networking:
        message = "`egress` says what may be reached with networking, which is off here."
        raise bad_request(f"{message} Give `networking` true, or leave `egress` out.")
    for number, rule in enumerate(rules):
        try:
            Rules([rule])
        except ValueError as error:
            raise bad_request(f"`egress[{number}]` {shown(rule)} {error}.") from None
    return rules


def bounded(name: str, value: float, bounds: tuple[float, float]) -> float:
    """Refuse a number out of bounds. Compared before it is converted: JSON's have no end."""
    least, most = bounds
    if least <= value <= most:
        return value
    raise bad_request(f"`{name}` must be between {least} and {most} here; it is {shown(value)}.")


def check_command(command: list[str]) -> None:
    """Refuse what no process can be started with.

    Raises:
        ApiError: 400.
    """
    sizes = [len(argument.encode()) for argument in command]
    if any("\0" in argument for argument in command):
        raise bad_request("`command` can't be run: an argument has a NUL in it.")
    if not command[0]:
        raise bad_request("`command[0]` must not be empty: it is what is run.")
    if max(sizes) > ARGUMENT_BYTES or sum(sizes) > COMMAND_BYTES:
        raise bad_request(
            f"`command` is too long: an argument may have {ARGUMENT_BYTES} bytes, all together "
            f"{COMMAND_BYTES}. Send the bulk of it as a file."
        )


def user_of(body: Mapping[str, Any]) -> str:
    """The `user` that a command is to be run as. Whether there is such a one is seen inside."""
    user: str = body.get("user", "")
    if "\0" in user:
        raise bad_request("`user` has a NUL in it. Give a name or a number.", "invalid_user")
    return user


def one_user() -> ApiError:
    """What is said to who chooses a user where there is one alone."""
    message = "A session has one user alone, and so has a container on Kubernetes: `user` can't be chosen."
    return bad_request(f"{message} Leave it out.", "one_user")


def unknown_user(error: UnknownUser) -> ApiError:
    """What is said to who chooses a user that a container hasn't."""
    return bad_request(f"{error}. Name one that it has.", "unknown_user")


def folder_of(name: str | None) -> str | None:
    """`working_directory`. It is looked up inside, where the command runs, so it may be any path there."""
    if name is None:
        return None
    if "\0" in name:
        raise bad_request("`working_directory` has a NUL in it. Leave it out.", "invalid_path")
    if len(name.encode()) > PATH_BYTES:
        message = f"`working_directory` has more than {PATH_BYTES} bytes. Give a shorter one."
        raise bad_request(message, "invalid_path")
    return name
