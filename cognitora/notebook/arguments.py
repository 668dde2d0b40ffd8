"""What stands behind `%%cognitora`."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from typing import NoReturn

from ..errors import InvalidRequestError

LANGUAGES = ("python", "javascript", "bash")

HELP = """\
%%cognitora [options]
code …

Runs the cell in a sandbox, in a session that keeps its variables and files.

  --session NAME       the session to run in, made when it is first named; else that of the notebook
  --language LANGUAGE  python, javascript or bash; each has sessions of its own
  --files PATH …       files and folders to upload first, under their paths from here
  --in NAMES           variables of the notebook to set in the session first: x,y
  --out NAMES          variables of the session to set in the notebook afterwards: x,y
  --timeout SECONDS    how long the code may run, by default 60
  --local, --cloud     where: on this machine, or at COGNITORA_BASE_URL with COGNITORA_API_KEY; by default
                       there if a key is set, else here

%cognitora [status]      the sessions of this notebook
%cognitora close [NAME]  ends them, or those of a name
%cognitora help          this"""


@dataclass(frozen=True, slots=True)
class Options:
    """How a cell is to run."""

    session: str
    language: str
    files: tuple[str, ...]
    variables_in: tuple[str, ...]
    variables_out: tuple[str, ...]
    timeout: int | None
    is_local: bool | None


def parse(line: str) -> Options:
    """Reads the line.

    Raises:
        InvalidRequestError: It can't be read; a sentence says why.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise InvalidRequestError(
            f"%%cognitora: a quotation mark isn't closed ({error})."
        ) from None
    found = _parser().parse_args(words)
    return Options(
        session=found.session,
        language=found.language,
        files=tuple(found.files),
        variables_in=_names("--in", found.variables_in),
        variables_out=_names("--out", found.variables_out),
        timeout=found.timeout,
        is_local=found.is_local,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidRequestError(f"%%cognitora: {message}; `%cognitora help` lists what there is.")


def _parser() -> _Parser:
    parser = _Parser(prog="%%cognitora", add_help=False, allow_abbrev=False)
    parser.add_argument("--session", default="default", metavar="NAME")
    parser.add_argument("--language", default="python", choices=LANGUAGES)
    parser.add_argument("--files", nargs="+", default=[], metavar="PATH")
    parser.add_argument("--in", nargs="+", default=[], metavar="NAMES", dest="variables_in")
    parser.add_argument("--out", nargs="+", default=[], metavar="NAMES", dest="variables_out")
    parser.add_argument("--timeout", type=_seconds, metavar="SECONDS")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--local", action="store_const", const=True, dest="is_local")
    where.add_argument("--cloud", action="store_const", const=False, dest="is_local")
    return parser


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text[:10]) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of seconds above 0")
    return int(text)


def _names(option: str, words: list[str]) -> tuple[str, ...]:
    """The names of variables, which commas or blanks divide."""
    names = [name for word in words for name in word.split(",") if name]
    for name in names:
        if not name.isidentifier():
            raise InvalidRequestError(
                f"%%cognitora: {name!r} behind {option} is no variable's name."
            )
    return tuple(dict.fromkeys(names))
