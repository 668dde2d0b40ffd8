"""Pictures that code has shown: saved, and shown where the terminal can."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from cognitora import Image

from . import output
from .context import Cli

CHUNK = 4096
"""Characters that one command of the kitty protocol may carry."""


def keep(cli: Cli, images: Sequence[Image], folder: Path | None) -> list[Path]:
    """Saves pictures under names that are free, says where, and shows them.

    Args:
        cli: Who shows them.
        images: Which.
        folder: Where to; made if it is missing. None: the current one, and for machines none.

    Returns:
        The files.
    """
    if cli.json and folder is None:
        return []
    target = folder or Path()
    if images:
        target.mkdir(parents=True, exist_ok=True)
    names = (target / f"image-{number}" for number in count(1))
    saved: list[Path] = []
    for image in images:
        if not cli.json:
            output.write("stdout", shown_by_terminal(image))
        path = _written(image, names)
        cli.note(f"picture saved: {path}")
        saved.append(path)
    return saved


def shown_by_terminal(image: Image) -> bytes:
    """What has the terminal show a picture; nothing where it can't, or is none."""
    if not output.is_terminal("stdout"):
        return b""
    program = os.environ.get("TERM_PROGRAM") or os.environ.get("LC_TERMINAL") or ""
    kitty = "kitty" in os.environ.get("TERM", "") or program in ("ghostty", "WezTerm")
    if kitty and image.media_type == "image/png":
        return _kitty(image.data)
    if program in ("iTerm.app", "iTerm2", "WezTerm") and image.media_type != "image/svg+xml":
        return _iterm(image.data)
    return b""


def _written(image: Image, names: Iterator[Path]) -> Path:
    for name in names:
        path = name.with_name(name.name + image.suffix)
        try:
            with path.open("xb") as file:
                file.write(image.data)
        except FileExistsError:
            continue
        return path
    raise AssertionError  # there is no last number


def _kitty(data: bytes) -> bytes:
    text = base64.b64encode(data)
    chunks = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    last = len(chunks) - 1
    heads = (b"a=T,f=100," if number == 0 else b"" for number in range(len(chunks)))
    parts = (
        b"\033_G" + head + b"m=%d;" % (number < last) + chunk + b"\033\\"
        for number, (head, chunk) in enumerate(zip(heads, chunks, strict=True))
    )
    return b"".join(parts) + b"\n"


def _iterm(data: bytes) -> bytes:
    text = base64.b64encode(data)
    return b"\033]1337;File=inline=1;size=%d:" % len(data) + text + b"\a\n"
