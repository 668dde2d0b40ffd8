"""The runtime's command line: its options, and what is told of those that are none."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from .settings import Settings

KEY_VARIABLE = "COGNITORA_LOCAL_API_KEY"
PYTHON_VARIABLE = "COGNITORA_LOCAL_PYTHON"
IMAGES_VARIABLE = "COGNITORA_LOCAL_IMAGES"
DATABASE_VARIABLE = "COGNITORA_LOCAL_DATABASE"


QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
NAME = re.compile("--[a-z-]*|-.?")


class Parser(argparse.ArgumentParser):
    """Of what it refuses it tells the options' names alone: all else may be a key or a password.

    An option is written in full.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, allow_abbrev=False)

    # Its overloads can't be told so briefly.
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.exit_on_error = False  # here alone: what is told of the rest has nothing to hide
        try:
            found, unknown = super().parse_known_args(args, namespace)
        except argparse.ArgumentError as error:
            # What was given is the first that is quoted; behind it are the choices.
            self.error(QUOTED.sub("…", str(error), count=1))
        finally:
            self.exit_on_error = True
        return found, [name[0] if (name := NAME.match(each)) else "…" for each in unknown]


def parser(database: str | None = None) -> argparse.ArgumentParser:
    """Of the command line; `database` is what is taken where it names none."""
    from .kubernetes.options import IMAGE
    from .store.sqlite import SET_ASIDE

    defaults = Settings()
    parser = Parser(
        prog="python -m cognitora_local",
        description="Runs the Cognitora API on this machine, in real sandboxes.",
        epilog=f"API keys are also taken from {KEY_VARIABLE}, and NAME=REFERENCE of images from "
        f"{IMAGES_VARIABLE} (several: separated by spaces). `accounts --help` tells of those in a database.",
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
        "--gateway-url",
        metavar="URL",
        help="where other runtimes with the same --database and the same cluster reach this one, which "
        "together answer as one (default: where it listens)",
    )
    add(
        "--no-networking",
        action="store_true",
        default=None,
        help="let no pod reach anything; else those that ask for networking reach the outside, and nothing "
        "of the cluster but its DNS",
    )
    add(
        "--cluster-range",
        action="append",
        type=cluster_range,
        metavar="CIDR",
        help="addresses of IPv4 that pods aren't to reach, beside private ones; may be repeated",
    )
    add(
        "--nameserver",
        action="append",
        type=nameserver,
        metavar="ADDRESS",
        help="who tells pods names (default: the cluster's DNS); may be repeated",
    )
    add(
        "--metrics",
        action="store_true",
        help="answer GET /metrics, with a key, for Prometheus; needs the extra cognitora[metrics]",
    )
    add(
        "--metrics-port",
        type=port,
        metavar="PORT",
        help="answer it on a port of its own as well, to whoever reaches that, without a key",
    )
    add("--parent", type=int, metavar="PID", help="end when this process ends")
    add(
        "--attached",
        action="store_true",
        help="begin with a line of standard input, a JSON object of the api_keys and the ports that an "
        "engine publishes, and end when that input ends",
    )
    add(
        "--ports",
        type=port_range,
        default=None,
        metavar="FIRST-LAST",
        help="in a container: the ports that it publishes under the same numbers, for those that sandboxes "
        "expose (default: free ones of the loopback)",
    )
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
    add(
        "--log-format",
        default="text",
        choices=["text", "json"],
        help="json: an object in each line",
    )
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
        ("month-credits", 1, "credits that the containers of a month (UTC) may cost together"),
    ):
        default = getattr(defaults, name.replace("-", "_"))
        what = f"{what} (default: {'no limit' if default is None else default})"
        add(f"--{name}", type=at_least(least), default=default, metavar="N", help=what)
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line. What is only for the other backend is refused, and not left out in silence."""
    arguments = parser.parse_args()
    of_machine = ("python", "engine", "container_store")
    of_cluster = (
        *("namespace", "sandbox_image", "runtime_class", "gateway_url"),
        *("no_networking", "cluster_range", "nameserver"),
    )
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


def cluster_range(text: str) -> str:
    return str(IPv4Network(text))


def nameserver(text: str) -> str:
    return str(IPv4Address(text))


def port(text: str) -> int:
    found = int(text)
    if not 0 <= found <= 65535:
        raise argparse.ArgumentTypeError("must be between 0 and 65535")
    return found


def port_range(text: str) -> dict[int, int]:
    """The ports from the first to the last, each published as itself."""
    first, _, last = text.partition("-")
    ports = range(port(first), port(last or first) + 1)
    if not ports or 0 in ports:
        raise argparse.ArgumentTypeError("must be FIRST-LAST, as in 9000-9031")
    return dict(zip(ports, ports, strict=True))
