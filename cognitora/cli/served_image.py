"""`cognitora serve --engine-image`: the runtime in a container of an image."""

from __future__ import annotations

import os
import secrets
from argparse import ArgumentParser
from collections.abc import Sequence

from cognitora.engine_image.container import RuntimeContainer
from cognitora.local import ready_of

from . import output
from .context import Cli
from .failures import USAGE, Failure

KEY_VARIABLE = "COGNITORA_LOCAL_API_KEY"
OF_THE_MACHINE = (
    *("host", "data_dir", "database", "accounts", "python", "parent", "container_store"),
    *("attached", "ports", "end_by_signal", "json"),
)
"""Options of the runtime that say where on this machine something is, or that the container's own say."""


def serve_image(cli: Cli, parser: ArgumentParser, image: str, arguments: Sequence[str]) -> int:
    """Starts a container of `image` and serves until a signal comes; `parser` knows all the arguments."""
    asked = parser.parse_args(arguments)
    for name in OF_THE_MACHINE:
        if getattr(asked, name) != parser.get_default(name):
            option = f"--{name.replace('_', '-')}"
            raise Failure(
                f"{option} doesn't go with a runtime in a container.", USAGE.format("serve ")
            )
    taken = ArgumentParser(add_help=False, allow_abbrev=False)
    for option in ("--engine-image", "--engine", "--port", "--api-key"):
        taken.add_argument(option)
    _, passed_on = taken.parse_known_args(arguments)
    keys = [*asked.api_key, *os.environ.pop(KEY_VARIABLE, "").split()]
    keys = keys or [f"cgk_local_{secrets.token_urlsafe(24)}"]
    runtime = RuntimeContainer(image, asked.engine, keys, passed_on, port=asked.port)
    try:
        base_url, isolation = ready_of(runtime, keys)
        if cli.json or not output.is_terminal("stdout"):
            output.json_line({"base_url": base_url, "api_key": keys[0], "isolation": isolation})
        else:
            output.exports(base_url, keys[0])
        runtime.wait()
    finally:
        runtime.end()
    raise Failure("The runtime's container has ended.", "Its engine's log may say why.")
