"""`cognitora container`: any command in any image."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cognitora import CognitoraError, Execution

from . import completion, exit_codes, lists, logs, options, output, run_command
from .command import WORDS_FOLLOW, command, group
from .context import Cli
from .failures import Failure, as_options, tell
from .signals import Signalled

app = group("Containers: any command in any image.")

Cores = Annotated[float, typer.Option("--cpu", metavar="CORES", help="Its cores.")]
Memory = Annotated[int, typer.Option("--memory", metavar="MB", help="Its memory.")]
Storage = Annotated[
    float | None, typer.Option("--storage", metavar="GB", help="Its room for files.")
]
Image = Annotated[
    str, typer.Argument(metavar="IMAGE", help="Such as docker.io/library/python:3.11-slim.")
]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="COMMAND [ARGUMENT]...", help="The command, after the options."),
]


NO_INPUT = "A container that runs one command is given no standard input."
INPUT_HINT = (
    "`cognitora exec` gives it, in one that is kept: id=$(cognitora container run -d --keep IMAGE); "
    "--no-stdin leaves what comes there."
)


@command(app, settings=WORDS_FOLLOW)
def run(
    context: typer.Context,
    image: Image,
    command: Words = None,
    cpu: Cores = 1,
    memory: Memory = 512,
    storage: Storage = None,
    max_cost: Annotated[
        int, typer.Option("--max-cost", metavar="CREDITS", help="What it may cost at most.")
    ] = 10,
    network: Annotated[bool, typer.Option("--network", help="Let it reach the outside.")] = False,
    egress: options.Egress = None,
    environment: options.Environment = None,
    metadata: options.Metadata = None,
    timeout: options.Timeout = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Print its id, and don't wait for its end.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Have it stay up for `exec`, until it is cancelled; with -d."),
    ] = False,
    stdin: Annotated[
        bool | None,
        typer.Option(
            "--stdin/--no-stdin",
            "-i",
            help="A container is given no standard input: with --no-stdin what comes there is left.",
            show_default=False,
        ),
    ] = None,
    outcome: options.Outcome = None,
) -> int:
    """Run a command in a container of its own: what it prints comes as it is printed.

    Both its streams are one text, on standard output; `exec` in a container that was kept (-d --keep)
    has them apart, byte for byte. The exit code is the command's own; 124 where its time was up, 125 where
    it could not be run. Ctrl-C cancels the container.
    """
    cli: Cli = context.obj
    cli.outcome_to(outcome)
    if keep and not detach:
        raise Failure("--keep goes with --detach.", "`cognitora container run -d --keep IMAGE`.")
    if detach:
        cli.check_lasting("a container")
    words = _words(command)
    if not words and not keep:
        raise Failure(
            f"There is no command to run in {image}: an image's own isn't taken.",
            f"`cognitora container run {image} ls`; with -d --keep it needs none.",
        )
    if stdin or (stdin is None and output.has_unread_input()):
        raise Failure(NO_INPUT, INPUT_HINT)
    with cli.waiting(f"Starting {image} (an image that is missing is pulled)") as display:
        made = cli.client.containers.create_container(
            image,
            words,
            cpu,
            memory,
            max_cost,
            network or bool(egress),
            persistent=keep,
            timeout_seconds=timeout,
            environment=options.pairs("--env", environment),
            storage_gb=storage,
            metadata=options.pairs("--metadata", metadata),
            egress=egress,
        )
        if detach:
            cli.show(made.to_dict(), made.id)
            return 0
        try:
            logs.follow_container(cli, made.id, display.close)
            if stdin is None and output.has_unread_input():
                cli.note("it was not given what has come on standard input meanwhile.")
            return _ended(cli, cli.client.containers.get_container(made.id))
        except Signalled:
            _cancel(cli, made.id)
            raise


@command(app, "list")
@command(app)
def ls(
    context: typer.Context,
    all: Annotated[
        bool, typer.Option("--all", "-a", help="Those that have ended as well, the newest 1000.")
    ] = False,
) -> None:
    """List the containers that live."""
    cli: Cli = context.obj
    found = lists.containers(cli, ended=all)
    lists.show(cli, lists.HEADS, [(each.to_dict(), lists.container_row(each)) for each in found])


command(app, "logs")(logs.logs)
command(app, "exec", WORDS_FOLLOW)(run_command.execute)


@command(app)
def cancel(
    context: typer.Context,
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...", help="The containers' ids.", autocompletion=completion.containers
        ),
    ],
) -> int:
    """End containers, and delete what is in them."""
    cli: Cli = context.obj
    return lists.each(cli, ids, cli.client.containers.cancel_container, "container")


@command(app)
def estimate(
    context: typer.Context,
    cpu: Cores = 1,
    memory: Memory = 512,
    storage: Annotated[
        float, typer.Option("--storage", metavar="GB", help="Its room for files.")
    ] = 5,
    gpus: Annotated[int, typer.Option("--gpus", help="Its graphics processors.")] = 0,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, help="How long it runs.")
    ] = 300,
) -> None:
    """Say what a container would cost, in credits."""
    cli: Cli = context.obj
    cost = cli.client.containers.estimate_cost(cpu, memory, storage, gpus, timeout)
    cli.show(cost.to_dict(), f"{cost.estimated_credits:g}")


def _words(command: list[str] | None) -> list[str] | None:
    return (command[1:] if command[0] == "--" else command) if command else None


def _ended(cli: Cli, container: Execution) -> int:
    timed_out = container.status.upper() == "TIMEOUT"
    code = exit_codes.TIMED_OUT if timed_out else container.exit_code
    if code is None:
        what = as_options(
            container.reason or f"It has ended as {container.status}, with no exit code."
        )
        raise Failure(what, kind="CognitoraError")
    if exit_codes.has_more(container.reason):
        cli.note(as_options(str(container.reason)))
    end: dict[str, Any] = {
        "type": "end",
        "exit_code": code,
        "status": container.status,
        "reason": container.reason,
        "container_id": container.id,
    }
    cli.end(end)
    return code


def _cancel(cli: Cli, id: str) -> None:
    try:
        cli.client.containers.cancel_container(id)
    except CognitoraError as error:
        cli.fail(
            Failure(
                f"Container {id} may go on: {tell(error).sentence}",
                f"`cognitora container cancel {id}` ends it.",
                kind=type(error).__name__,
            ),
            id=id,
        )
