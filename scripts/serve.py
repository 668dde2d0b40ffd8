"""Starts a local runtime and says how to point programs at it: `make serve`."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys


def main(arguments: list[str]) -> int:
    """Run until interrupted; the runtime's exit status."""
    command = [sys.executable, "-P", "-m", "cognitora_local", *arguments]
    command += ["--parent", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as runtime:
        # Ctrl-C reaches the runtime as well: it ends in its own time, and this with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: runtime.terminate())
        assert runtime.stdout is not None
        for line in runtime.stdout:
            print(exports(line) if line.startswith("{") else line.rstrip(), flush=True)
        return runtime.wait()


def exports(ready: str) -> str:
    """The shell's lines that point any program at the runtime, from the line it prints when it is ready."""
    told = json.loads(ready)
    return (
        f"export COGNITORA_BASE_URL={shlex.quote(told['base_url'])}\n"
        f"export COGNITORA_API_KEY={shlex.quote(told['api_key'])}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
