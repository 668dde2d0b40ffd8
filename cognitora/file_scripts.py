"""Files of a sandbox by way of code that runs in it, for servers that have no endpoint for files.

A file goes up in parts, each a file of its own beside an execution that does nothing, and a last
execution joins them; it comes down in pieces that are printed in base64. Nothing here does I/O: there are
programs, each in the three languages.

Code of the session may have changed its current folder, so none of them trusts it: the work folder is the
one in which a file lies that was sent beside the code, sought from the current folder upwards and then
where the session began. Where that isn't found, the program fails.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from shlex import quote

from cognitora_openapi.models import FileUpload

from .errors import InvalidResponseError, NotFoundError
from .files import PIECE

Program = dict[str, str]

NOTHING: Program = {"python": "pass", "javascript": ";", "bash": ":"}

LOST = "the folder of the files that came with this code was not found"

WORK_IN_PYTHON = f"""\
import base64, io, os, shutil
def work_folder(name):
    places = [os.environ.get(home, '/') for home in ('HOME', 'PWD')]
    try:
        place = os.getcwd()
        while place not in places:
            places.insert(-2, place)
            place = os.path.dirname(place)
    except OSError:
        pass
    for place in places:
        if os.path.isfile(os.path.join(place, name)):
            return place
    raise FileNotFoundError({LOST!r})
"""

WORK_IN_JAVASCRIPT = f"""\
const {{ Buffer }} = require('buffer'), fs = require('fs'), {{ dirname, join }} = require('path');
const workFolder = (name) => {{
  const places = [];
  try {{
    for (let place = process.cwd(); !places.includes(place); place = dirname(place)) places.push(place);
  }} catch (gone) {{}}
  places.push(process.env.HOME || '/', process.env.PWD || '/');
  for (const place of places) if (fs.existsSync(join(place, name))) return place;
  throw new Error({json.dumps(LOST)});
}};
"""


def _enter(name: str) -> str:
    """Shell that goes to the folder in which a file lies."""
    here = f'[ -f "$place"/{quote(name)} ]'
    return (
        f'place=$PWD; while [ -n "$place" ] && ! {here}; do place=${{place%/*}}; done; '
        'for place in "${place:-/}" "${HOME:-/}" "${OLDPWD:-/}"; do '
        f"{here} && break; done; "
        f'{{ {here} || {{ echo {quote(LOST)} >&2; false; }}; }} && cd -- "$place"'
    )


def join(path: str, parts: list[str]) -> Program:
    """Makes `path` of its parts, and the folders on the way, and removes the parts."""
    return {
        "python": _apart(
            f"{WORK_IN_PYTHON}"
            f"path, parts = {path!r}, {parts!r}\n"
            "work = work_folder(parts[0])\n"
            "path, *parts = [os.path.join(work, name) for name in [path, *parts]]\n"
            "try:\n"
            "    os.makedirs(os.path.dirname(path), exist_ok=True)\n"
            "    with io.open(parts[0], 'r+b') as whole:\n"
            "        whole.seek(0, os.SEEK_END)\n"
            "        for part in parts[1:]:\n"
            "            with io.open(part, 'rb') as piece: shutil.copyfileobj(piece, whole)\n"
            "            os.remove(part)\n"
            "    os.replace(parts[0], path)\n"
            "finally:\n"
            "    for part in parts:\n"
            "        if os.path.exists(part): os.remove(part)\n"
        ),
        "javascript": (
            f"(() => {{ {WORK_IN_JAVASCRIPT}"
            f"const parts = {json.dumps(parts)}, work = workFolder(parts[0]);\n"
            f"const [path, whole, ...rest] = [{json.dumps(path)}, ...parts].map((n) => join(work, n));\n"
            "try {\n"
            "  fs.mkdirSync(dirname(path), { recursive: true });\n"
            "  for (const part of rest) {\n"
            "    fs.appendFileSync(whole, fs.readFileSync(part)); fs.unlinkSync(part);\n"
            "  }\n"
            "  fs.renameSync(whole, path);\n"
            "} finally {\n"
            "  for (const part of [whole, ...rest]) fs.rmSync(part, { force: true });\n"
            "} })();\n"
        ),
        "bash": _join_in_shell(path, parts),
    }


def _join_in_shell(path: str, parts: list[str]) -> str:
    folder, whole = quote(path.rpartition("/")[0] or "."), quote(parts[0])
    every = " ".join(map(quote, parts))
    steps = [f"mkdir -p -- {folder}"]
    steps += [f"cat {part} >> {whole} && rm {part}" for part in map(quote, parts[1:])]
    # mv would put it into a folder of that name.
    steps.append(
        f"{{ ! [ -d {quote(path)} ] || {{ echo {quote(path + ' is a folder')} >&2; false; }}; }}"
    )
    steps.append(f"mv -f -- {whole} {quote(path)}")
    joined = " && ".join(steps)
    return f"( {_enter(parts[0])} && {{ {joined} || {{ rm -f {every}; false; }}; }} )"


def remove(parts: list[str]) -> Program:
    """Removes the parts of an upload that is given up; the last may have come or not."""
    every = " ".join(map(quote, parts))
    return {
        "python": _apart(
            f"{WORK_IN_PYTHON}"
            f"parts = {parts!r}\n"
            "work = work_folder(parts[0])\n"
            "for part in (os.path.join(work, name) for name in parts):\n"
            "    if os.path.exists(part): os.remove(part)\n"
        ),
        "javascript": (
            f"(() => {{ {WORK_IN_JAVASCRIPT}"
            f"const parts = {json.dumps(parts)}, work = workFolder(parts[0]);\n"
            "for (const part of parts) fs.rmSync(join(work, part), { force: true }); })();\n"
        ),
        "bash": f"( {_enter(parts[0])} && rm -f {every} )",
    }


def marker(token: str) -> FileUpload:
    """What a program of `read` needs beside it, to know the work folder by."""
    return FileUpload(name=f".{token}", content=token)


def read(path: str, offset: int, token: str) -> Program:
    """Prints a piece of `path` between two marks, or that there is no such file."""
    start, end, none = f"{token}-start", f"{token}-end", f"{token}-none"
    mark = f".{token}"
    return {
        "python": _apart(
            f"{WORK_IN_PYTHON}"
            f"work = work_folder({mark!r})\n"
            f"os.remove(os.path.join(work, {mark!r}))\n"
            f"path = os.path.join(work, {path!r})\n"
            "if os.path.isfile(path):\n"
            "    with io.open(path, 'rb') as file:\n"
            f"        file.seek({offset})\n"
            f"        piece = base64.b64encode(file.read({PIECE})).decode()\n"
            f"    print({start!r}, piece, {end!r})\n"
            "else:\n"
            f"    print({none!r})\n"
        ),
        "javascript": (
            f"(() => {{ {WORK_IN_JAVASCRIPT}"
            f"const work = workFolder('{mark}'), path = join(work, {json.dumps(path)});\n"
            f"fs.unlinkSync(join(work, '{mark}'));\n"
            f"if (!fs.existsSync(path)) {{ console.log('{none}'); return; }}\n"
            f"const file = fs.openSync(path, 'r'), piece = Buffer.alloc({PIECE});\n"
            f"const size = fs.readSync(file, piece, 0, {PIECE}, {offset}); fs.closeSync(file);\n"
            f"const text = piece.subarray(0, size).toString('base64');\n"
            f"console.log('{start}', text, '{end}'); }})();\n"
        ),
        "bash": (
            f"( {_enter(mark)} && rm {quote(mark)} && if [ -f {quote(path)} ]; then echo {start}; "
            f"tail -c +{offset + 1} -- {quote(path)} | head -c {PIECE} | base64; echo {end}; "
            f"else echo {none}; fi )"
        ),
    }


def _apart(program: str) -> str:
    """Python in a namespace of its own: it leaves no names in the session, and none of those mislead it."""
    return f"__import__('builtins').exec({program!r}, {{}})"


def piece(printed: str, token: str, path: str, operation: str) -> tuple[bytes, bool]:
    """What a program of `read` has printed: the bytes, and whether the file ends with them.

    Raises:
        NotFoundError: It said that there is no such file.
        InvalidResponseError: It said nothing that can be read.
    """
    if f"{token}-none" in printed:
        # No status: the answer that says so was a good one.
        raise NotFoundError(
            f"There is no file {path!r} in the work folder.",
            code="file_not_found",
            operation=operation,
            attempts=1,
        )
    found = re.search(rf"{token}-start\s(.*?){token}-end", printed, re.S)
    problem = "the sandbox printed no piece"
    if found is not None:
        try:
            data = base64.b64decode("".join(found.group(1).split()), validate=True)
        except binascii.Error:
            problem = "a piece is broken"
        else:
            return data, len(data) < PIECE
    raise InvalidResponseError(f"{path!r} could not be read: {problem}.", operation=operation)
