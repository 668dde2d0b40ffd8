"""Enters a sandbox, does one thing to its files, and ends.

What to do comes first on stdin, with the numbers of the open files that lead there: a command line could
be read by the whole machine. What was done goes to stdout.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys

from cognitora_openapi.packing import begun, packed
from cognitora_openapi.tar import ArchiveError

from . import changes, contents, entries, frames
from .checking import check
from .entering import Inside, enter
from .unpacking import Unpacking

TYPE_CHECKING = False  # type checkers know the name, and importing typing takes long
if TYPE_CHECKING:
    from typing import Any, NoReturn

MEMORY_BYTES = 512 * 1024**2


def main() -> NoReturn:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    order = json.loads(frames.read())
    try:
        inside = enter(order)
        ACTIONS[order["action"]](order, inside)
        status = 0
    except frames.BrokenOff:
        status = 1
    except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets an answer
        frames.fail(_told(error))
        status = 1
    sys.stdout.flush()
    os._exit(status)  # what is left to undo was undone, and nothing may be imported for more


def _told(error: Exception) -> bytes:
    kinds = {ArchiveError: "archive", LookupError: "user", MemoryError: "memory"}
    told: dict[str, Any] = {"kind": kinds.get(type(error), "other"), "said": str(error)}
    if isinstance(error, OSError) and error.errno is not None:
        path = error.filename if isinstance(error.filename, str) else None
        told = {"kind": "os", "errno": error.errno, "said": error.strerror, "path": path}
    return json.dumps(told).encode()


def _answer(value: Any) -> None:
    frames.write(json.dumps(value).encode())


def _entry(order: dict[str, Any], inside: Inside) -> None:
    _answer(entries.entry(order["path"], order["told"], inside.names))


def _list(order: dict[str, Any], inside: Inside) -> None:
    _answer(entries.page(order, inside.names))


def _make_folder(order: dict[str, Any], inside: Inside) -> None:
    changes.make_folder(order["path"], order["mode"], exclusive=order["exclusive"])
    _entry(order, inside)


def _move(order: dict[str, Any], inside: Inside) -> None:
    changes.move(order["source"], order["path"], replace=order["replace"])
    _entry(order, inside)


def _remove(order: dict[str, Any], inside: Inside) -> None:
    changes.remove(order["path"], recursive=order["recursive"])
    _answer({})


def _change(order: dict[str, Any], inside: Inside) -> None:
    changes.change(order["path"], order["mode"], order["owner"], order["modified"], inside.names)
    _entry(order, inside)


def _read(order: dict[str, Any], inside: Inside) -> None:
    descriptor = contents.opened(order["path"], inside.proc)
    begin, size = begun(descriptor)
    _answer({"size": size})
    frames.read()  # whether it is wanted
    for piece in contents.read(descriptor, begin, size, order["most_bytes"]):
        frames.write(piece)
    frames.write(b"")


def _write(order: dict[str, Any], inside: Inside) -> None:
    _answer({"size": contents.write(order["path"], frames.pieces(), order["mode"])})


def _pack(order: dict[str, Any], inside: Inside) -> None:
    path = os.path.realpath(order["path"])
    with os.scandir(path):  # a folder it must be
        pass
    check(path, order["most_bytes"])
    _answer({})
    held = bytearray()
    for piece in packed(path):
        held += piece
        if len(held) >= frames.PIECE:
            frames.write(bytes(held))
            held.clear()
    if held:
        frames.write(bytes(held))
    frames.write(b"")


def _unpack(order: dict[str, Any], inside: Inside) -> None:
    changes.make_folder(order["path"], None, exclusive=False)
    unpacking = Unpacking(order["path"])
    try:
        for piece in frames.pieces():
            unpacking.write(piece)
        unpacking.finish()
    finally:
        unpacking.close()
    _answer({"files": unpacking.count, "size": unpacking.size})


ACTIONS = {
    "entry": _entry,
    "list": _list,
    "make_folder": _make_folder,
    "move": _move,
    "remove": _remove,
    "change": _change,
    "read": _read,
    "write": _write,
    "pack": _pack,
    "unpack": _unpack,
}
