"""`cognitora serve` and `cognitora mcp`: programs that take this one's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import NoReturn

import typer

from cognitora.local import image_for

from . import output, signals
from .context import Cli
from .failures import USAGE, Failure
from .served_image import serve_image

LOCAL = "cognitora_local"
MCP = "cognitora.integrations.mcp"
PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
"""Of commands whose options are those of another program."""


def serve(context: typer.Context) -> int:
    """Start a local runtime for any program, and say where it answers; the options are the runtime's.

    At a terminal it says so by two lines for a shell, else by one JSON object.
    """
    cli: Cli = context.obj
    parser = _parser(LOCAL, context)
    parser.add_argument(
        "--engine-image",
        metavar="IMAGE",
        help="run the runtime in a container of this image, on --engine or the engine that is found "
        "(default: COGNITORA_LOCAL_ENGINE_IMAGE; without Linux cognitora-local)",
    )
    asked = parser.parse_args(context.args)
    if image := image_for(asked.engine_image):
        return serve_image(cli, parser, image, context.args)
    _need(LOCAL, "starlette", extra="local")
    arguments = ["--end-by-signal", *["--json"] * cli.json, *context.args]
    if cli.json or not output.is_terminal("stdout"):
        _become(LOCAL, arguments)
    return _serve_for_people(arguments)


def mcp(context: typer.Context) -> None:
    """Serve sandboxes to models by the Model Context Protocol; the options are the server's."""
    cli: Cli = context.obj
    _need(MCP, "mcp", extra="mcp")
    _parser(MCP, context).parse_args(context.args)
    _become(MCP, [*["--json"] * cli.json, *["--local"] * cli.local, *context.args])


def _need(*modules: str, extra: str) -> None:
    for module in modules:
        try:
            found = find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise Failure(
                f"This needs {module}, which isn't installed.",
                f'pip install "cognitora[{extra}]>=2"',
                kind="CognitoraError",
            )


def _parser(module: str, context: typer.Context) -> ArgumentParser:
    """Answers --help, and finds wrong options, which the program itself would tell in its own way."""
    parser: ArgumentParser = import_module(f"{module}.__main__").parser()
    parser.prog = context.command_path

    def refuse(message: str) -> NoReturn:
        what = message.removeprefix("argument ")
        raise Failure(f"{what[0].upper()}{what[1:]}.", USAGE.format(f"{context.info_name} "))

    parser.error = refuse  # type: ignore[method-assign]  # of this one alone
    return parser


def _command(module: str, arguments: list[str]) -> list[str]:
    # -P: a file in the current folder that is named like a module must not be imported.
    return [sys.executable, "-P", "-m", module, *arguments]


def _become(module: str, arguments: list[str]) -> None:
    """Puts another program in the place of this process: its signals, its streams, its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    os.execv(sys.executable, _command(module, arguments))


def _serve_for_people(arguments: list[str]) -> int:
    command = _command(LOCAL, [*arguments, "--parent", str(os.getpid())])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runtime:
        # Ctrl-C reaches the runtime as well: it ends in its own time, and this with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: runtime.terminate())
        assert runtime.stdout is not None
        for line in runtime.stdout:
            told = json.loads(line)
            output.exports(told["base_url"], told["api_key"])
        code = runtime.wait()
    return signals.die(-code) if code < 0 else code
