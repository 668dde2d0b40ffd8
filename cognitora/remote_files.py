"""Files of a sandbox by way of code that runs in it, for servers that have no endpoint for files.

A file goes up in parts, each a file of its own beside an execution that does nothing, and a last
execution joins them; it comes down in pieces that are printed in base64. Nothing here does I/O: there are
programs, each in the three languages.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from shlex import quote

from .errors import InvalidResponseError, NotFoundError
from .files import PIECE

Program = dict[str, str]

NOTHING: Program = {"python": "pass", "javascript": ";", "bash": ":"}


def join(path: str, parts: list[str]) -> Program:
    """Makes `path` of its parts, and the folders on the way, and removes the parts."""
    return {
        "python": _apart(
            "import os, shutil\n"
            f"path, parts = {path!r}, {parts!r}\n"
            "os.makedirs(os.path.dirname(path) or '.', exist_ok=True)\n"
            "with open(parts[0], 'ab') as whole:\n"
            "    for part in parts[1:]:\n"
            "        with open(part, 'rb') as piece: shutil.copyfileobj(piece, whole)\n"
            "        os.remove(part)\n"
            "os.replace(parts[0], path)\n"
        ),
        "javascript": (
            "(() => { const fs = require('fs'), { dirname } = require('path');\n"
            f"const path = {json.dumps(path)}, [whole, ...parts] = {json.dumps(parts)};\n"
            "fs.mkdirSync(dirname(path), { recursive: true });\n"
            "for (const part of parts) {\n"
            "  fs.appendFileSync(whole, fs.readFileSync(part)); fs.unlinkSync(part);\n"
            "}\n"
            "fs.renameSync(whole, path); })();\n"
        ),
        "bash": _join_in_shell(path, parts),
    }


def _join_in_shell(path: str, parts: list[str]) -> str:
    folder, whole = quote(path.rpartition("/")[0] or "."), quote(parts[0])
    steps = [f"mkdir -p -- {folder}"]
    steps += [f"cat {part} >> {whole} && rm {part}" for part in map(quote, parts[1:])]
    return f"( {' && '.join(steps)} && mv -f -- {whole} {quote(path)} )"


def read(path: str, offset: int, token: str) -> Program:
    """Prints a piece of `path` between two marks, or that there is no such file."""
    start, end, none = f"{token}-start", f"{token}-end", f"{token}-none"
    return {
        "python": _apart(
            "import base64, os\n"
            f"path = {path!r}\n"
            "if os.path.isfile(path):\n"
            "    with open(path, 'rb') as file:\n"
            f"        file.seek({offset})\n"
            f"        piece = base64.b64encode(file.read({PIECE})).decode()\n"
            f"    print({start!r}, piece, {end!r})\n"
            "else:\n"
            f"    print({none!r})\n"
        ),
        "javascript": (
            "(() => { const fs = require('fs');\n"
            f"const path = {json.dumps(path)};\n"
            f"if (!fs.existsSync(path)) {{ console.log('{none}'); return; }}\n"
            f"const file = fs.openSync(path, 'r'), piece = Buffer.alloc({PIECE});\n"
            f"const size = fs.readSync(file, piece, 0, {PIECE}, {offset}); fs.closeSync(file);\n"
            f"const text = piece.subarray(0, size).toString('base64');\n"
            f"console.log('{start}', text, '{end}'); }})();\n"
        ),
        "bash": (
            f"if [ -f {quote(path)} ]; then echo {start}; tail -c +{offset + 1} -- {quote(path)} "
            f"| head -c {PIECE} | base64; echo {end}; else echo {none}; fi"
        ),
    }


def _apart(program: str) -> str:
    """Python in a namespace of its own, so that it leaves no names in the session."""
    return f"exec({program!r}, {{}})"


def piece(printed: str, token: str, path: str) -> tuple[bytes, bool]:
    """What a program of `read` has printed: the bytes, and whether the file ends with them.

    Raises:
        NotFoundError: It said that there is no such file.
        InvalidResponseError: It said nothing that can be read.
    """
    if f"{token}-none" in printed:
        raise NotFoundError(f"There is no file {path!r}.", 404, code="file_not_found")
    found = re.search(rf"{token}-start\s(.*?){token}-end", printed, re.S)
    if found is None:
        raise InvalidResponseError(f"{path!r} could not be read: the sandbox printed no piece.")
    try:
        data = base64.b64decode("".join(found.group(1).split()), validate=True)
    except binascii.Error:
        raise InvalidResponseError(f"{path!r} could not be read: a piece is broken.") from None
    return data, len(data) < PIECE
