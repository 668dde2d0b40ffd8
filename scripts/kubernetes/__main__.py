"""`python -m scripts.kubernetes`: a real Kubernetes on this machine, for tests. Needs root and Debian 12.

`up` runs until it is interrupted, or told `down`; the other commands tell it what to do meanwhile.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from scripts.kubernetes import needs, serving
from scripts.kubernetes.build import Programs, built
from scripts.kubernetes.layout import FOLDER, MOST_NODES, Layout, refused
from tests.images import Unavailable


def main(arguments: list[str]) -> int:
    """The exit status."""
    told = _parser().parse_args(arguments)
    folder = Path(told.folder).resolve()
    try:
        if reason := refused(folder):
            raise ValueError(reason)
        if told.command in ("build", "up") and (lacks := needs.missing()):
            raise Unavailable("; ".join(lacks))
        if told.command == "build":
            print(built().folder)
        elif told.command == "up":
            serving.serve(folder, told.nodes, lambda programs: _say(folder, programs))
        elif told.command == "down":
            _down(folder)
        elif told.command == "load":
            serving.tell(folder, "load", str(Path(told.file).resolve()))
        else:
            serving.tell(folder, told.command, told.node)
    except Unavailable as error:
        print(f"A cluster can't run on this machine. It needs: {error}", file=sys.stderr)
        return 3
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _down(folder: Path) -> None:
    try:
        serving.tell(folder, "down")
    except FileNotFoundError:
        serving.remains(folder)


def _say(folder: Path, programs: Programs) -> None:
    kubeconfig = shlex.quote(str(Layout(folder, "").kubeconfig))
    kubectl = shlex.quote(str(programs.packages / "usr/bin"))
    print(f"export KUBECONFIG={kubeconfig} PATH={kubectl}:$PATH", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts.kubernetes", description=__doc__)
    parser.add_argument("--folder", default=FOLDER, help="where it is; default %(default)s")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build Kubernetes, where the cache hasn't got it")
    up = commands.add_parser("up", help="run a cluster")
    nodes = range(1, MOST_NODES + 1)
    up.add_argument("nodes", type=int, nargs="?", default=2, choices=nodes, metavar="NODES")
    commands.add_parser("down", help="end it; removes what is left of one that was killed, too")
    for command, text in {
        "kill-node": "cut a node's power",
        "start-node": "switch it on again",
        "cut-cable": "have a node run on without a network",
        "mend-cable": "plug its cable in again",
    }.items():
        parts = commands.add_parser(command, help=text)
        parts.add_argument("node", type=int, choices=nodes, metavar="NODE")
    load = commands.add_parser("load", help="give every node the images of an archive")
    load.add_argument("file", metavar="FILE.tar")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
