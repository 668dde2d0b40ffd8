"""Serves the tests' images to a runtime that is started by hand: prints the arguments for it."""

from __future__ import annotations

import shlex
import signal
import tempfile
from pathlib import Path

from tests import images


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        images.served(Path(folder) / "registry") as registry,
    ):
        print(shlex.join(images.arguments(registry)), flush=True)
        # Blocked first, so that neither is lost, nor ends this before the registry.
        ends = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
