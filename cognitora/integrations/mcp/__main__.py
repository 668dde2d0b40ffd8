"""`python -m cognitora.integrations.mcp`: a server for programs that speak the Model Context Protocol."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import fields

from ... import CognitoraError
from . import Limits, serve

FAILED = 125
"""The exit status of a server that couldn't serve, as `cognitora` has it."""

LIMITS = {
    "timeout_seconds": "seconds that code and commands run, where a call doesn't say",
    "max_timeout_seconds": "seconds that a call may ask for at most",
    "output_characters": "characters of each text that are returned, its beginning and its end",
    "file_bytes": "bytes of a file that is sent or fetched, at most",
    "listed_files": "entries of a folder that are listed",
    "sessions": "sessions at a time",
    "session_seconds": "seconds that a session or container lives after the last call that named it",
    "containers": "containers at a time",
    "cpu_cores": "cores of each session and container",
    "memory_mb": "MiB of memory of each session and container",
    "max_cost_credits": "credits that one container may cost at most",
}
"""What each limit is of."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves as the command line says; its exit status."""
    options = vars(parser().parse_args(arguments))
    limits = {field.name: options.pop(field.name) for field in fields(Limits)}
    http, as_json = options.pop("http"), options.pop("json")
    try:
        serve("http" if http else "stdio", limits=Limits(**limits), **options)
    except CognitoraError as error:
        if as_json:
            told = {"type": type(error).__name__, "message": error.message, "hint": None}
            sys.stdout.write(f"{json.dumps({'error': told})}\n")
        else:
            sys.stderr.write(f"cognitora: {error}\n")
        return FAILED
    return 0


def parser() -> ArgumentParser:
    """What the command line may say."""
    parser = ArgumentParser(
        "python -m cognitora.integrations.mcp",
        description="Serves code, commands and containers in sandboxes by the Model Context Protocol.",
    )
    parser.add_argument("--http", action="store_true", help="by HTTP instead of standard input")
    parser.add_argument("--host", default="127.0.0.1", help="where HTTP listens (%(default)s)")
    parser.add_argument("--port", type=int, default=8765, help="its port (%(default)s)")
    parser.add_argument(
        "--local",
        action="store_true",
        default=None,
        help="sandboxes on this machine, also where there is a COGNITORA_API_KEY",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="tell on standard output, as a JSON object, why it can't serve",
    )
    limits = parser.add_argument_group("limits of each caller")
    for field in fields(Limits):
        name = f"--{field.name.replace('_', '-')}"
        kind = float if field.name == "cpu_cores" else int
        what = f"{LIMITS[field.name]} (%(default)s)"
        limits.add_argument(name, type=kind, default=field.default, metavar="N", help=what)
    return parser


if __name__ == "__main__":
    sys.exit(main())
