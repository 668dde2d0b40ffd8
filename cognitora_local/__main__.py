"""`python -m cognitora_local`: starts a runtime and says where it answers.

On standard output there is one line, when the runtime answers:
`{"base_url": …, "api_key": …, "isolation": …}`. Everything else goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import inheritance, log_setup
from .accounts import (
    PREFIX,
    Account,
    AccountsError,
    check_distinct,
    digest,
    new_key,
    read,
)
from .settings import Settings

if TYPE_CHECKING:
    from .kubernetes.options import PodOptions
    from .runtime import Options, Ready

KEY_VARIABLE = "COGNITORA_LOCAL_API_KEY"
PYTHON_VARIABLE = "COGNITORA_LOCAL_PYTHON"
IMAGES_VARIABLE = "COGNITORA_LOCAL_IMAGES"
DATABASE_VARIABLE = "COGNITORA_LOCAL_DATABASE"
NO_CONTAINERS = (
    "This runtime's sandboxes are pods of a Kubernetes cluster, and containers can't be had there yet. Start "
    "another runtime without --backend kubernetes for them."
)
FAILED = 125  # the exit status of a runtime that couldn't start, as `cognitora` has it; usage is argparse's 2


class OutputError(Exception):
    """Nobody can be told where the runtime answers."""


def main() -> int:
    """Run the runtime; returns the exit status."""
    arguments = parsed(parser(os.environ.pop(DATABASE_VARIABLE, None)))
    if arguments.new_api_key:
        return make_key()
    log_setup.begin(arguments.log_level)
    inheritance.pass_no_signals_on()
    # Imported late, so that --help and a wrong argument answer at once.
    from .datadir import DataDirError
    from .engine import EngineError, ImageError
    from .http.metrics import MetricsMissing
    from .http.server import AddressError
    from .parent import ParentGoneError
    from .runtime import serve
    from .sandbox import SandboxError
    from .store.connection import DatabaseError, RecordsError

    # Taken out of the environment, so that nothing that is started from here inherits them.
    api_keys = [*arguments.api_key, *os.environ.pop(KEY_VARIABLE, "").split()]
    if not api_keys and arguments.accounts is None:
        api_keys = [new_key()]
    try:
        options = options_from(arguments, api_keys)
    except (AccountsError, EngineError, ImageError) as error:
        return fail(f"The runtime can't start. {error}", as_json=arguments.json)
    if not is_loopback(options.host):
        say(
            f"Warning: listening on {options.host}, so other machines can reach this runtime. "
            "Its API key is all that keeps them from running code here, and it travels unencrypted."
        )
    try:
        ended_by = asyncio.run(serve(options, announcer(api_keys)))
    except (
        *(AddressError, DataDirError, DatabaseError, MetricsMissing, ParentGoneError),
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


def parser(database: str | None = None) -> argparse.ArgumentParser:
    """Of the command line; `database` is what is taken where it names none."""
    from .kubernetes.options import IMAGE
    from .store.sqlite import SET_ASIDE

    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m cognitora_local",
        description="Runs the Cognitora API on this machine, in real sandboxes.",
        epilog=f"API keys are also taken from {KEY_VARIABLE}, and NAME=REFERENCE of images from "
        f"{IMAGES_VARIABLE} (several: separated by spaces).",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=port, default=0, help="port (default: a free one)")
    add(
        "--api-key",
        type=api_key,
        action="append",
        default=[],
        metavar="KEY",
        help="a key to let in; may be repeated, all are one account (default: a random one, "
        "where there are no --accounts)",
    )
    add(
        "--accounts",
        type=Path,
        metavar="FILE",
        help="more accounts, each with its own sessions, containers and records: a TOML file (see "
        "docs/local-runtime.md)",
    )
    add("--new-api-key", action="store_true", help="make a key for that file, say it, and end")
    add(
        "--data-dir",
        type=Path,
        help="where records are kept (default: a temporary folder, removed at the end)",
    )
    add(
        "--database",
        type=database_url,
        default=database,
        metavar="URL",
        help="where records are kept instead, postgresql://…; a password in it is seen by whoever lists "
        f"processes: give it in {DATABASE_VARIABLE} (default: that, else a file in --data-dir)",
    )
    add(
        SET_ASIDE,
        action="store_true",
        help="begin with no records where those of --data-dir are damaged; the file is renamed",
    )
    add(
        "--python",
        type=Path,
        help=f"the interpreter that runs users' code (default: {PYTHON_VARIABLE}, else that of an "
        "environment beside this one whose name is this one's with -data, else this one)",
    )
    add(
        "--backend",
        choices=["machine", "kubernetes"],
        default="machine",
        help="where sandboxes are: on this machine, or as pods of the cluster that KUBECONFIG names, which "
        "needs the extra cognitora[kubernetes] (default: %(default)s)",
    )
    add("--namespace", help="of pods (default: the one that is configured for the cluster)")
    add(
        "--sandbox-image",
        metavar="REFERENCE",
        help=f"what pods are made of, with Python 3.11 or later (default: {IMAGE})",
    )
    add(
        "--runtime-class",
        metavar="NAME",
        help="the RuntimeClass that pods run by (default: the cluster's own)",
    )
    add(
        "--metrics",
        action="store_true",
        help="answer GET /metrics, with a key, for Prometheus; needs the extra cognitora[metrics]",
    )
    add("--parent", type=int, metavar="PID", help="end when this process ends")
    add(
        "--engine",
        metavar="unix:///PATH",
        help="the container engine's socket (default: DOCKER_HOST, CONTAINER_HOST, Podman's, "
        "Docker's, or a Podman of the runtime's own)",
    )
    add(
        "--image",
        action="append",
        default=[],
        metavar="NAME=REFERENCE",
        help="the image that stands for another, such as "
        "python:3.11=127.0.0.1:5000/python:3.11; may be repeated",
    )
    add(
        "--container-store",
        type=Path,
        metavar="DIR",
        help="where a Podman of the runtime's own keeps images and containers "
        "(default: cognitora/containers in the user's cache)",
    )
    add(
        "--end-by-signal",
        action="store_true",
        help="end by SIGTERM or SIGINT when one comes, once all is put away, and not with 0",
    )
    add("--json", action="store_true", help="tell on standard output, as JSON, why it can't start")
    add("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    for name, least, what in (
        ("max-code-bytes", 1, "longest code"),
        ("max-body-bytes", 1, "longest JSON body"),
        ("max-file-bytes", 1, "largest uploaded file"),
        ("max-download-bytes", 1, "largest file that is handed out"),
        ("max-running", 1, "one-shots that run at the same time"),
        ("max-executions", 1, "executions that run or wait for their turn"),
        ("max-sessions", 1, "sessions that live at the same time"),
        ("max-containers", 1, "containers that haven't ended at the same time"),
        ("max-commands", 1, "commands that run at the same time in a container"),
        ("max-log-bytes", 1, "output kept of a container or of a command in one"),
        ("warm-kernels", 0, "kernels of a language kept started for the next execution"),
        ("session-seconds", 1, "life of a session that asks for none"),
    ):
        default = getattr(defaults, name.replace("-", "_"))
        what = f"{what} (default: {default})"
        add(f"--{name}", type=at_least(least), default=default, metavar="N", help=what)
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line. What is only for the other backend is refused, and not left out in silence."""
    arguments = parser.parse_args()
    of_machine = ("python", "engine", "container_store")
    of_cluster = ("namespace", "sandbox_image", "runtime_class")
    others = of_cluster if arguments.backend == "machine" else of_machine
    for name in others:
        if getattr(arguments, name) is not None:
            option = f"--{name.replace('_', '-')}"
            parser.error(f"{option} has no meaning with --backend {arguments.backend}")
    return arguments


def at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        found = int(text)
        if found < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}")
        return found

    return number


def api_key(text: str) -> str:
    """The text isn't quoted in what is told of it: most of it may be a key."""
    if not re.fullmatch(r"[!-~]+", text):
        raise argparse.ArgumentTypeError("must be one word of ASCII, and not empty")
    return text


def database_url(text: str) -> str:
    """The text isn't quoted in what is told of it: there may be a password in it."""
    if not re.match("postgres(ql)?://", text):
        raise argparse.ArgumentTypeError("must begin with postgresql://")
    return text


def port(text: str) -> int:
    found = int(text)
    if not 0 <= found <= 65535:
        raise argparse.ArgumentTypeError("must be between 0 and 65535")
    return found


def stand_ins(given: Sequence[str]) -> dict[str, str]:
    """What stands for which image: as given, or else as the environment says.

    Raises:
        ImageError: one isn't NAME=REFERENCE.
    """
    from .engine.reference import parse_mapping

    return parse_mapping(os.environ.get(IMAGES_VARIABLE, "").split()) | parse_mapping(given)


def options_from(arguments: argparse.Namespace, api_keys: Sequence[str]) -> Options:
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
    return Options(
        host=arguments.host,
        port=arguments.port,
        accounts=accounts,
        data_dir=arguments.data_dir,
        database=arguments.database,
        python=arguments.python or default_python(),
        set_aside_damaged=arguments.set_aside_damaged_records,
        metrics=arguments.metrics,
        parent=arguments.parent,
        engine=EngineOptions(
            host=arguments.engine,
            images=stand_ins(arguments.image),
            store=arguments.container_store,
            refused=None if pods is None else NO_CONTAINERS,
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
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
