"""`python -m cognitora_local accounts …`: accounts and keys of the database, while runtimes go on."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .accounts import NAME, NAMESPACE, QUOTAS, digest, new_key
from .command_line import DATABASE_VARIABLE, Parser, at_least, database_url

if TYPE_CHECKING:
    from .store.accounts import AccountStore

DONE, REFUSED = 0, 1


def parser() -> argparse.ArgumentParser:
    made = Parser(
        prog="python -m cognitora_local accounts",
        description="Accounts and their API keys in the database of a runtime, or of gateways that share it. "
        "Each that runs takes note within a second.",
    )
    where = Parser(add_help=False)
    where.add_argument("--data-dir", type=Path, help="that of the runtime")
    where.add_argument(
        "--database",
        type=database_url,
        metavar="URL",
        help=f"that of the runtime, postgresql://… (default: {DATABASE_VARIABLE})",
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[where])

    adding = add("add", "Make an account, with a key: it is said once, and kept nowhere.")
    adding.add_argument("name", help="up to 40 of a-z, 0-9 and -, the first a letter")
    adding.add_argument("--namespace", help="of its pods (default: where the runtime's are)")
    for quota in QUOTAS:
        option = f"--{quota.replace('_', '-')}"
        adding.add_argument(option, type=at_least(1), metavar="N", help="(default: the runtime's)")
    add("new-key", "Make another key of an account.").add_argument("name")
    add("revoke", "Have a key be let in no more.").add_argument("id", help="as `keys` tells it")
    add("list", "Tell the accounts, each in a line.")
    add("keys", "Tell the keys, each in a line, without themselves.").add_argument(
        "name", nargs="?"
    )
    return made


def main(words: Sequence[str]) -> int:
    """Run a command; returns the exit status."""
    url = os.environ.pop(DATABASE_VARIABLE, None)
    reading = parser()
    arguments = reading.parse_args(words)
    database = arguments.database or (None if arguments.data_dir else url)
    if database is None and arguments.data_dir is None:
        reading.error("say which runtime's: --data-dir or --database")
    # Imported late, so that --help and a wrong argument answer at once.
    from .accounts_database import accounts_of
    from .store.accounts import AccountStore, NameTaken, UnknownName
    from .store.connection import DatabaseError, RecordsError

    try:
        if database is None:
            arguments.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(accounts_of(database, arguments.data_dir)) as connection:
            for line in run(arguments, AccountStore(connection)):
                print(json.dumps(line))
    except NameTaken:
        return refuse(
            f"There is an account {arguments.name} already. `new-key` makes it another key."
        )
    except UnknownName:
        what = "key" if arguments.command == "revoke" else "account"
        return refuse(f"There is no such {what} here. `list` and `keys` tell what there is.")
    except ValueError as error:
        return refuse(str(error))
    except (DatabaseError, RecordsError, OSError) as error:
        return refuse(f"The accounts can't be had. {error}")
    return DONE


def run(arguments: argparse.Namespace, store: AccountStore) -> Iterator[dict[str, Any]]:
    """Do what is asked for; what is told of it."""
    if arguments.command == "add":
        if not NAME.fullmatch(arguments.name):
            raise ValueError("That is no name of an account.")
        if arguments.namespace is not None and not NAMESPACE.fullmatch(arguments.namespace):
            raise ValueError("That is no name of a namespace.")
        given = {name: getattr(arguments, name) for name in QUOTAS}
        limits = {name: value for name, value in given.items() if value is not None}
        key = new_key()
        id = store.add(arguments.name, arguments.namespace, limits, digest(key))
        yield {"account": arguments.name, "id": id, "api_key": key}
    elif arguments.command == "new-key":
        key = new_key()
        id = store.add_key(arguments.name, digest(key))
        yield {"account": arguments.name, "id": id, "api_key": key}
    elif arguments.command == "revoke":
        store.revoke(arguments.id)
    elif arguments.command == "list":
        keys = [key.account for key in store.api_keys() if key.revoked_at is None]
        for account in store.accounts():
            yield {
                "account": account.name,
                "namespace": account.namespace,
                **account.limits,
                "keys": keys.count(account.name),
                "created_at": account.created_at.isoformat(),
            }
    else:
        for each in store.api_keys():
            if arguments.name in (None, each.account):
                revoked = each.revoked_at
                yield {
                    "id": each.id,
                    "account": each.account,
                    "created_at": each.created_at.isoformat(),
                    "revoked_at": revoked and revoked.isoformat(),
                }


def refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return REFUSED
