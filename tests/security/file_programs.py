"""What the programs are that work on files: as the machine sees them, while they work."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.security.conftest import Service

BYTES = {"Content-Type": "application/octet-stream"}


@contextmanager
def at_work(
    service: Service, http: httpx.Client, url: str, query: Mapping[str, str]
) -> Iterator[Path]:
    """The folder in /proc of a program that waits for the rest of a file that is uploaded."""
    go_on, begun = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"begun"
        begun.set()
        go_on.wait()

    def upload() -> None:
        http.put(url, params=query, content=pieces(), headers=BYTES)

    uploading = threading.Thread(target=upload)
    uploading.start()
    try:
        begun.wait()
        yield _entered(service.process.pid)
    finally:
        go_on.set()
        uploading.join()


def _entered(runtime: int) -> Path:
    """The program, once it has gone where it works."""
    while True:
        for pid in Path(f"/proc/{runtime}/task/{runtime}/children").read_text().split():
            folder = Path("/proc", pid)
            try:
                ours = b"cognitora_local.filesystem" in (folder / "cmdline").read_bytes()
                if ours and status(folder)["NoNewPrivs"] == ["1"]:
                    return folder
            except OSError:  # it has ended
                continue


def status(folder: Path) -> dict[str, list[str]]:
    lines = (folder / "status").read_text().splitlines()
    return {name: values.split() for name, _, values in (line.partition(":") for line in lines)}
