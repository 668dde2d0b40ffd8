"""`python -m cognitora_local`: starts a runtime and says where it answers.

On standard output there is one line, when the runtime answers:
`{"base_url": …, "api_key": …, "isolation": …}`. Everything else goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import ipaddress
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import accounts_command, attached, inheritance, log_setup
from .accounts import (
    PREFIX,
    Account,
    AccountsError,
    check_distinct,
    digest,
    new_key,
    read,
)
from .attached import AttachedError
from .command_line import (
    DATABASE_VARIABLE,
    IMAGES_VARIABLE,
    KEY_VARIABLE,
    PYTHON_VARIABLE,
    parsed,
    parser,
)
from .settings import Settings

if TYPE_CHECKING:
    from .kubernetes.options import PodOptions
    from .runtime import Options, Ready
    from .sandbox import OutsidePorts

FAILED = 125  # the exit status of a runtime that couldn't start, as `cognitora` has it; usage is argparse's 2

SHORTEST_KEY = 16
GUESSABLE = (
    "The runtime can't start. Other machines can reach it on {}, and would guess a key of fewer than "
    f"{SHORTEST_KEY} characters: give it a longer --api-key, or none, and it makes one."
)


class OutputError(Exception):
    """Nobody can be told where the runtime answers."""


def main() -> int:
    """Run the runtime; returns the exit status."""
    if sys.argv[1:2] == ["accounts"]:
        return accounts_command.main(sys.argv[2:])
    arguments = parsed(parser(os.environ.pop(DATABASE_VARIABLE, None)))
    if arguments.new_api_key:
        return make_key()
    log_setup.begin(arguments.log_level, as_json=arguments.log_format == "json")
    inheritance.pass_no_signals_on()
    gc.disable()  # what is imported isn't garbage; from when it answers it is looked for
    # Imported late, so that --help and a wrong argument answer at once.
    from .datadir import DataDirError
    from .engine import EngineError, ImageError
    from .http.metrics import MetricsMissing
    from .http.server import AddressError
    from .parent import ParentGoneError
    from .runtime import serve
    from .sandbox import OutsidePorts, SandboxError
    from .store.connection import DatabaseError, RecordsError

    # Taken out of the environment, so that nothing that is started from here inherits them.
    api_keys = [*arguments.api_key, *os.environ.pop(KEY_VARIABLE, "").split()]
    outside = OutsidePorts(arguments.ports)
    if arguments.attached:
        try:
            first_line = attached.read()
        except AttachedError as error:
            return fail(f"The runtime can't start. {error}", as_json=arguments.json)
        api_keys += first_line.api_keys
        outside = OutsidePorts(first_line.ports)
    if not api_keys and arguments.accounts is None:
        api_keys = [new_key()]
    try:
        options = options_from(arguments, api_keys, outside)
    except (AccountsError, EngineError, ImageError) as error:
        return fail(f"The runtime can't start. {error}", as_json=arguments.json)
    if options.outside.published is None and not is_loopback(options.host):
        if min(map(len, api_keys), default=SHORTEST_KEY) < SHORTEST_KEY:
            return fail(GUESSABLE.format(options.host), as_json=arguments.json)
        say(
            f"Warning: listening on {options.host}, so other machines can reach this runtime. "
            "Its API key is all that keeps them from running code here, and it travels unencrypted."
        )
    try:
        ended_by = asyncio.run(serve(options, announcer(api_keys)))
    except (
        *(
            AddressError,
            AttachedError,
            DataDirError,
            DatabaseError,
            MetricsMissing,
            ParentGoneError,
        ),
        *(OutputError, SandboxError),
    ) as error:
        return fail(f"The runtime can't start. {error}", as_json=arguments.json)
    except RecordsError as error:
        what = (
            f"The runtime can't go on: its records can't be used ({error}). See to its --data-dir."
        )
        return fail(what, as_json=arguments.json)
    return die(ended_by) if ended_by is not None and arguments.end_by_signal else 0


def fail(sentence: str, *, as_json: bool) -> int:
    """Tells why there is no runtime, as an object on standard output or by a sentence; the exit status."""
    error = {"type": "CognitoraError", "message": sentence, "hint": None}
    if as_json:
        with suppress(OSError):  # where nothing can be written, people may be told
            write(json.dumps({"error": error}))
            return FAILED
    say(sentence)
    return FAILED


def die(number: int) -> int:
    """Ends this process by a signal; what a shell would have said, where that is blocked."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number


def stand_ins(given: Sequence[str]) -> dict[str, str]:
    """What stands for which image: as given, or else as the environment says.

    Raises:
        ImageError: one isn't NAME=REFERENCE.
    """
    from .engine.reference import parse_mapping

    return parse_mapping(os.environ.get(IMAGES_VARIABLE, "").split()) | parse_mapping(given)


def options_from(
    arguments: argparse.Namespace, api_keys: Sequence[str], outside: OutsidePorts
) -> Options:
    from .engine import EngineOptions, candidates
    from .runtime import Options

    pods = pods_from(arguments)
    if arguments.engine:
        next(candidates.candidates(arguments.engine))  # a wrong address is told now
    limits = {name: getattr(arguments, name) for name in Settings.__slots__}
    settings = replace(Settings(), **limits)
    accounts = [Account("", [digest(key) for key in api_keys], settings)] if api_keys else []
    if arguments.accounts is not None:
        accounts += read(arguments.accounts, settings)
        check_distinct(accounts)
    for account in accounts:
        if account.namespace is not None and pods is None:
            what = f"{account.name} has a namespace, which has no meaning with --backend machine."
            raise AccountsError(what)
    return Options(
        host=arguments.host,
        port=arguments.port,
        accounts=accounts,
        data_dir=arguments.data_dir,
        database=arguments.database,
        gateway_url=arguments.gateway_url,
        python=arguments.python or default_python(),
        set_aside_damaged=arguments.set_aside_damaged_records,
        metrics=arguments.metrics or arguments.metrics_port is not None,
        metrics_port=arguments.metrics_port,
        parent=arguments.parent,
        attached=arguments.attached,
        outside=outside,
        engine=EngineOptions(
            host=arguments.engine,
            images=stand_ins(arguments.image),
            store=arguments.container_store,
            outside=outside,
        ),
        pods=pods,
        settings=settings,
    )


def pods_from(arguments: argparse.Namespace) -> PodOptions | None:
    """How pods are made; None where sandboxes are this machine's."""
    from .kubernetes.options import IMAGE, PodOptions

    if arguments.backend == "machine":
        return None
    return PodOptions(
        image=arguments.sandbox_image or IMAGE,
        namespace=arguments.namespace,
        runtime_class=arguments.runtime_class,
        networking=not arguments.no_networking,
        cluster_ranges=arguments.cluster_range or (),
        nameservers=arguments.nameserver or (),
        warm=arguments.warm_kernels,
    )


def default_python() -> Path | None:
    """The interpreter that runs users' code where none is named; None: the one that runs this."""
    if named := os.environ.get(PYTHON_VARIABLE):
        return Path(named)
    beside = Path(f"{sys.prefix}-data", "bin", "python")
    return beside if beside.exists() else None


def make_key() -> int:
    """Says an API key, and what is written of it into the file of accounts."""
    key = new_key()
    print(json.dumps({"api_key": key, "digest": f"{PREFIX}{digest(key).hex()}"}))
    return 0


def announcer(api_keys: Sequence[str]) -> Callable[[Ready], None]:
    """What says on standard output that the runtime answers; without keys, that of no account."""
    key = {"api_key": api_keys[0]} if api_keys else {}

    def announce(ready: Ready) -> None:
        line = {"base_url": ready.base_url, **key, "isolation": ready.isolation}
        try:
            write(json.dumps(line))
        except OSError as error:
            raise OutputError(f"Standard output can't be written: {error.strerror}.") from error

    return announce


def is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def write(line: str) -> None:
    """To standard output, past the buffer: what can't be written from there is tried again at the end."""
    os.write(1, f"{line}\n".encode())


def say(sentence: str) -> None:
    if log_setup.is_json():
        logging.getLogger("cognitora_local").critical(sentence)
    else:
        print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    status = main()
    gc.freeze()  # else all modules would be looked through for garbage once more, which takes long
    sys.exit(status)
