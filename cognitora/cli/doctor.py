"""`cognitora doctor`: what is there, what is missing, and what to do about it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import typer

from cognitora import Cognitora, CognitoraError
from cognitora.local import LocalRuntime

from . import output
from .context import Cli
from .failures import tell

PROMISES = {
    "sandbox": "files and programs of this machine are out of reach",
    "cgroup": "limits of memory, processes and processor",
    "network": "the outside alone can be reached",
    "egress": "what is listed can be reached, and nothing else",
    "storage": "limits of storage",
    "gpus": "what `--gpus` of containers can ask for",
}
"""What each part of a runtime's isolation is for."""

NONE = "none: "
SICK = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing.

    Attributes:
        check: The thing.
        ok: Whether all is well with it.
        needed: Whether nothing works without it; else only what it is for.
        told: What was found.
        mend: What to do; None where nothing is to be done.
    """

    check: str
    ok: bool
    needed: bool
    told: str
    mend: str | None = None


def doctor(context: typer.Context) -> int:
    """Look at the key, the server, the local runtime, its isolation and its container engine.

    The exit code is 0 where what is used works: the server, or with --local the runtime on this machine. Else
    it is 1. What only some calls need is told, and doesn't count.
    """
    cli: Cli = context.obj
    code = 0
    with cli.waiting("Looking") as display:
        for finding in _findings(local=cli.local):
            display.close()
            if finding.needed and not finding.ok:
                code = SICK
            _show(cli, finding)
    return code


def _findings(*, local: bool) -> Iterator[Finding]:
    if not local or os.environ.get("COGNITORA_API_KEY"):
        yield from _server(needed=not local)
    yield from _runtime(needed=local)


def _server(*, needed: bool) -> Iterator[Finding]:
    if not os.environ.get("COGNITORA_API_KEY"):
        mend = "Set COGNITORA_API_KEY, or use --local, which needs none."
        yield Finding("key", False, needed, "COGNITORA_API_KEY is not set", mend)
        return
    yield Finding("key", True, needed, "COGNITORA_API_KEY is set")
    try:
        with Cognitora() as client:
            yield Finding("url", True, needed, client.base_url)
            begun = time.monotonic()
            client.code_interpreter.list_sessions()
            took = (time.monotonic() - begun) * 1000
            yield Finding("server", True, needed, f"it answers, and takes the key ({took:.0f} ms)")
            features = ", ".join(sorted(client.features())) or "none"
            yield Finding("features", True, False, features)
    except CognitoraError as error:
        yield _failed("server", needed, error)


def _runtime(*, needed: bool) -> Iterator[Finding]:
    try:
        runtime = LocalRuntime()
    except CognitoraError as error:
        yield _failed("runtime", needed, error)
        return
    try:
        url = runtime.wait()
        yield Finding("runtime", True, needed, "it starts, and has put its promises to the test")
        for part, what in PROMISES.items():
            yield _promise(part, what, runtime.isolation.get(part, f"{NONE}not told"))
        with Cognitora(runtime.api_key, url) as client:
            yield _engine(client)
    except CognitoraError as error:
        yield _failed("runtime", needed, error)
    finally:
        runtime.close()


def _promise(part: str, what: str, kept: str) -> Finding:
    why = kept.removeprefix(NONE)
    if why == kept:
        return Finding(part, True, False, f"{what}: {kept}")
    return Finding(part, False, False, f"{what}: refused to those who ask for it", why)


def _engine(client: Cognitora) -> Finding:
    """Whether there is a container engine that keeps what is promised of containers."""
    try:
        # The plainest call that needs one: it removes what runtimes that are gone have left.
        client.containers.collect_garbage()
    except CognitoraError as error:
        return _failed("engine", False, error)
    return Finding("engine", True, False, "containers run, and their limits hold")


def _failed(check: str, needed: bool, error: CognitoraError) -> Finding:
    told = tell(error)
    return Finding(check, False, needed, told.sentence, told.hint or None)


def _show(cli: Cli, finding: Finding) -> None:
    if cli.json:
        output.json_line(asdict(finding))
        return
    output.line(f"{'ok' if finding.ok else 'missing':8}{finding.check:10}{finding.told}")
    if finding.mend:
        output.line(f"{'':18}{finding.mend}")
