"""Accounts: who may use a runtime, by which API keys, and how much of it at a time."""

from __future__ import annotations

import hashlib
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .settings import Settings

PREFIX = "sha256:"
QUOTAS = (
    *("max_running", "max_executions", "max_sessions", "max_containers", "max_commands"),
    *("session_seconds", "month_credits"),
)
"""What a file may say of an account; the rest is as the runtime was started."""

NAME = re.compile("[a-z][a-z0-9-]{0,39}")  # as folders, schemas and name spaces may be called
NAMESPACE = re.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class AccountsError(Exception):
    """The file of accounts can't be used: the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who has sessions, containers and records of their own, which nobody else sees.

    Attributes:
        name: Its name; empty for the one that a runtime has of itself, by the keys of its start.
        digests: The SHA-256 of its API keys.
        settings: Its limits.
        namespace: Where its pods are; None: where the runtime's are.
    """

    name: str
    digests: Sequence[bytes] = field(repr=False)
    settings: Settings
    namespace: str | None = None


def new_key() -> str:
    """An API key that nobody can guess."""
    return f"cgk_local_{secrets.token_urlsafe(24)}"


def digest(key: str) -> bytes:
    """What is known of a key. It needs no salt: keys are as random as a digest is long."""
    return hashlib.sha256(key.encode()).digest()


def read(file: Path, settings: Settings) -> list[Account]:
    """The accounts that a TOML file names; `settings` is what it doesn't say.

    Raises:
        AccountsError: It can't be read, or isn't as docs/local-runtime.md says.
    """
    try:
        said = tomllib.loads(file.read_text())
    except OSError as error:
        raise AccountsError(f"The accounts in {file} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise AccountsError(f"The accounts in {file} are no TOML: {error}.") from error
    if not said:
        raise AccountsError(f"There is no account in {file}. One is a table: [name].")
    try:
        return [_account(name, table, settings) for name, table in said.items()]
    except ValueError as error:
        raise AccountsError(f"The accounts in {file} can't be used: {error}.") from error


def check_distinct(accounts: Sequence[Account]) -> None:
    """Raises AccountsError where two have a key in common."""
    owners: dict[bytes, str] = {}
    for account in accounts:
        for each in account.digests:
            other = owners.setdefault(each, account.name)
            if other != account.name:
                one = other or "the account of --api-key"
                raise AccountsError(f"{account.name} and {one} have an API key in common.")


def _account(name: str, table: Any, settings: Settings) -> Account:
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{name[:60]!r} is no name of an account: up to 40 of a-z, 0-9 and -, the first a letter"
        )
    if not isinstance(table, Mapping):
        raise ValueError(f"{name} must be a table: [{name}], and its settings below")
    quotas = {key: value for key, value in table.items() if key not in ("api_keys", "namespace")}
    for key, value in quotas.items():
        if key not in QUOTAS:
            known = ", ".join((*QUOTAS, "namespace"))
            raise ValueError(f"{name} has {key[:60]!r}; there are api_keys, {known}")
        if type(value) is not int or value < 1:
            raise ValueError(f"{key} of {name} must be a whole number, at least 1")
    namespace = table.get("namespace")
    if namespace is not None and not (
        isinstance(namespace, str) and NAMESPACE.fullmatch(namespace)
    ):
        raise ValueError(f"the namespace of {name} is none: up to 63 of a-z, 0-9 and -")
    digests = _digests(name, table.get("api_keys"))
    return Account(name, digests, replace(settings, **quotas), namespace)


def _digests(name: str, given: Any) -> list[bytes]:
    """Nothing of what is given is quoted: it may be a key."""
    if not isinstance(given, list) or not given:
        raise ValueError(f'{name} needs api_keys = ["{PREFIX}…"], one at least')
    pattern = re.compile(f"{PREFIX}[0-9a-f]{{64}}")
    if not all(isinstance(each, str) and pattern.fullmatch(each) for each in given):
        raise ValueError(
            f"an API key of {name} isn't {PREFIX} and 64 hexadecimal digits. Keys themselves don't belong "
            "into the file: --new-api-key makes one, and says what to write here"
        )
    return [bytes.fromhex(each.removeprefix(PREFIX)) for each in given]
