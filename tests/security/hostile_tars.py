"""Tar streams that want to be more than a folder: each with what is said of it when it is refused."""

from __future__ import annotations

import tarfile
from collections.abc import Callable

from cognitora_openapi.tar import MOST_MEMBERS
from tests.tars import folder, hard_link, link, member, tar


def _raw(**fields: bytes) -> bytes:
    """A stream of one header with these fields, by where they stand in it."""
    block = bytearray(member("f", mode=0o644)[0].tobuf(tarfile.USTAR_FORMAT)[:512])
    places = {"name": 0, "mode": 100, "size": 124, "kind": 156}
    for name, value in fields.items():
        block[places[name] : places[name] + len(value)] = value
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 256 + sum(block[156:]))
    return bytes(block)


def _many() -> bytes:
    return _raw(name=b"./", kind=b"5") * (MOST_MEMBERS + 1) + bytes(1024)


# Of 100 MB: what takes it needs seconds.
LARGE = "more members than anybody needs"

HOSTILE: dict[str, tuple[Callable[[str], bytes], str]] = {
    "an absolute name": (lambda out: tar(member(f"{out}/pwned", b"x")), "is absolute"),
    "a name that climbs": (lambda out: tar(member(f"../..{out}/pwned", b"x")), "leads out"),
    "one that climbs from within": (lambda _: tar(member("a/../../pwned", b"x")), "leads out"),
    "a folder that climbs": (lambda _: tar(folder("a/../../pwned")), "leads out"),
    "a link, and a file through it": (
        lambda out: tar(link("l", out), member("l/pwned", b"x")),
        "over a link",
    ),
    "links that climb, and a file through them": (
        lambda out: tar(link("a", "."), link("a/b", "../.."), member("b/pwned", b"x")),
        "over a link",
    ),
    "a link, and a folder through it": (
        lambda out: tar(link("l", out), folder("l/pwned")),
        "over a link",
    ),
    "a link, and a link through it": (
        lambda out: tar(link("l", out), link("l/pwned", "x")),
        "over a link",
    ),
    "a link in a folder's place": (lambda out: tar(link("l", out), folder("l")), "over a link"),
    "a hard link to what is outside": (
        lambda out: tar(hard_link("pwned", f"{out}/secret")),
        "is absolute",
    ),
    "a hard link that climbs": (lambda _: tar(hard_link("h", "../../etc/passwd")), "leads out"),
    "a hard link through a link": (
        lambda out: tar(link("l", out), hard_link("pwned", "l/secret")),
        "over a link",
    ),
    "a hard link to a link": (
        lambda out: tar(link("l", f"{out}/secret"), hard_link("pwned", "l")),
        "no file",
    ),
    "a device": (lambda _: tar(member("d", type=tarfile.CHRTYPE, devmajor=1)), "a device"),
    "a disk": (lambda _: tar(member("d", type=tarfile.BLKTYPE, devmajor=8)), "a device"),
    "a pipe": (lambda _: tar(member("p", type=tarfile.FIFOTYPE)), "a pipe"),
    "a file with holes": (lambda _: _raw(kind=b"S") + bytes(1024), "holes"),
    "an unknown kind": (lambda _: _raw(kind=b"Z") + bytes(1024), "unknown kind"),
    LARGE: (lambda _: _many(), f"more than {MOST_MEMBERS}"),
    "a size that is none": (lambda _: _raw(size=b"\xff" * 12), "a size that can't be"),
    "a size of more digits than a number may have": (
        lambda _: (
            _raw(kind=b"x", size=b"%011o\0" % 5011)
            + (b"5011 size=" + b"9" * 5000 + b"\n").ljust(5120, b"\0")
            + _raw()
        ),
        "a size that can't be",
    ),
    "a number that is none": (lambda _: _raw(size=b"0000000089\0"), "number that is none"),
    "a name of 100 MB": (
        lambda _: _raw(kind=b"L", size=b"%011o\0" % 100_000_000),
        "bytes of a member",
    ),
    "words of 4 GB": (
        lambda _: _raw(kind=b"x", size=b"%011o\0" % (8**11 - 1)),
        "bytes of a member",
    ),
    "words that are broken": (
        lambda _: _raw(kind=b"x", size=b"%011o\0" % 8) + b"99 path=" + bytes(504),
        "is broken",
    ),
    "a name with a NUL": (
        lambda _: (
            _raw(kind=b"x", size=b"%011o\0" % 13) + b"13 path=a\0b\n".ljust(512, b"\0") + _raw()
        ),
        "",
    ),
    "a stream that breaks off": (lambda _: tar(member("f", bytes(5000)))[:2000], "breaks off"),
    "no stream": (lambda _: b"<html>" * 1000, "no tar stream"),
    "nothing": (lambda _: b"", "breaks off"),
}
