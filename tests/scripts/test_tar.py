"""Tar streams, against Python's own library."""

from __future__ import annotations

import io
import mmap
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora_openapi import packing
from cognitora_openapi import tar as ours
from cognitora_openapi.tar import FILE, FOLDER, HARD_LINK, LINK, ArchiveError, Member, Reader
from tests.tars import folder, hard_link, link, member, tar, untar

LONG = "/".join(["long" * 20] * 5)
CASES = [
    member("f", b"content", mode=0o640, mtime=1),
    member("empty"),
    folder("d"),
    member(f"d/{LONG}", b"x" * 513),
    link("l", "f"),
    link("long-link", LONG),
    hard_link("h", "f"),
    member("ü/ñ", b"1" * 512),
]


def told(stream: bytes, step: int) -> list[tuple[str, str, int, int, str, bytes]]:
    """What a reader says of a stream that comes in pieces of `step` bytes."""
    reader = Reader()
    members: list[Member] = []
    contents: list[bytes] = []
    for start in range(0, len(stream), step):
        for event in reader.feed(stream[start : start + step]):
            if isinstance(event, Member):
                members.append(event)
                contents.append(b"")
            else:
                contents[-1] += event
    reader.finish()
    return [
        (each.path, each.kind, each.mode, each.modified, each.target, content)
        for each, content in zip(members, contents, strict=True)
    ]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("step", [1, 511, 512, 10**6])
def test_streams_of_others_are_read_however_they_come(format: int, step: int) -> None:
    found = told(tar(*CASES, format=format), step)
    kinds = {tarfile.DIRTYPE: FOLDER, tarfile.SYMTYPE: LINK, tarfile.LNKTYPE: HARD_LINK}
    assert found == [
        (each.name, kinds.get(each.type, FILE), each.mode, each.mtime, each.linkname, content)
        for each, content in CASES
    ]


def test_others_read_ours() -> None:
    stream = b"".join(
        [
            *(ours.header(Member("d", FOLDER, mode=0o755)),),
            *(ours.header(Member(f"d/{LONG}", FILE, 513)), b"x" * 513, ours.padding(513)),
            ours.header(Member("l", LINK, target=LONG)),
            *(ours.header(Member("ü", FILE, 0, 0o4755, 86400)),),
            ours.END,
        ]
    )
    assert untar(stream) == {"d": None, f"d/{LONG}": b"x" * 513, "l": f"-> {LONG}", "ü": b""}
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        found = archive.getmember("ü")
        assert (found.mode, found.mtime) == (0o4755, 86400)


def test_a_file_larger_than_a_header_can_say() -> None:
    size = 9 * 1024**3
    head = ours.header(Member("large", FILE, size))
    with tarfile.open(fileobj=io.BytesIO(head), mode="r|") as archive:
        found = archive.next()
        assert found is not None
        assert found.size == size
    (ours_again,) = Reader().feed(head)
    assert isinstance(ours_again, Member)
    assert ours_again.size == size


@pytest.mark.parametrize("name", ["caf\udce9", "\udcff" * 90, "\udcff" * 120])
def test_names_that_are_no_text_stay_as_they_are(name: str) -> None:
    stream = ours.header(Member(name, FILE, 0)) + ours.END
    assert [each[0] for each in told(stream, 512)] == [name]


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [
        ("l", "f", False),
        ("l", "./f", False),
        ("a/l", "../f", False),
        ("a/l", "../../f", True),
        ("l", "..", True),
        ("l", "/etc", True),
        ("a/b/l", "../..", False),
        ("a/l", "b/../../../f", True),
        ("a/b/l", ".././../f", False),
        ("a/b/c/l", "../../..", False),
        ("x", "a/b/c/l/../../../../etc/passwd", True),
        ("a/l", "b/../f", True),
    ],
)
def test_where_a_link_leads(path: str, target: str, out: bool) -> None:
    assert ours.leads_out(path, target) is out


def test_what_follows_the_end_is_passed_over() -> None:
    assert len(told(tar(member("f")) + b"more", 512)) == 1


def test_a_limit_of_members() -> None:
    reader = Reader(most_members=2)
    with pytest.raises(ArchiveError, match="more than 2 members"):
        list(reader.feed(tar(member("1"), member("2"), member("3"))))


def test_a_limit_of_what_has_to_be_kept() -> None:
    long = "/".join(["x" * 255] * 15)
    head = ours.header(Member("l", LINK, target=long))
    stream = head * (2 * ours.MOST_WORDS // len(long))
    with pytest.raises(ArchiveError, match="too long, all together"):
        list(Reader().feed(stream))


MAPS = 9_000
"""So many pieces of memory that the kernel's list of them is long."""


@pytest.fixture
def mapped() -> Iterator[None]:
    """This process, with a file in /proc of which no size is said, and which is long."""
    held = [
        mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE * (n % 2)) for n in range(MAPS)
    ]
    yield
    for each in held:
        each.close()


@pytest.mark.usefixtures("mapped")
def test_a_file_of_which_no_size_is_said_is_packed_whole() -> None:
    found = untar(b"".join(packing.packed("/proc/self", "maps")))["maps"]
    assert len(found) > packing.PIECE
    assert found.count(b"\n") > MAPS
    assert untar(b"".join(packing.packed("/proc/self", "cmdline")))["cmdline"]


@pytest.mark.usefixtures("mapped")
def test_one_that_is_too_long_to_be_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_UNSIZED", packing.PIECE)
    with pytest.raises(
        ArchiveError, match=r"maps has more than .* the system doesn't say how many"
    ):
        b"".join(packing.packed("/proc/self", "maps"))


def test_a_file_that_shrinks_meanwhile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(4 * packing.PIECE))
    pieces = packing.packed(str(tmp_path), "f")
    next(pieces)
    os.truncate(tmp_path / "f", packing.PIECE)
    with pytest.raises(ArchiveError, match="f: it became shorter"):
        b"".join(pieces)


@pytest.mark.parametrize("byte", [b"\xff", b"\xfe", b"a"])
def test_a_checksum_is_right_whatever_the_bytes(byte: bytes) -> None:
    name = (byte * 100).decode("utf-8", "surrogateescape")
    block = bytearray(ours.header(Member(name, LINK, target=name)))
    block[257:] = byte * (512 - 257)  # as a program may leave there what it likes
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(b" " * 8) + sum(block[156:]))
    (found,) = Reader().feed(bytes(block))
    assert isinstance(found, Member)
    assert found.target == name


@pytest.mark.parametrize("number", [b"00000x4\0", b"0000 64\0", b"0000\x0064\0", b"-000064\0"])
def test_what_is_no_number_is_no_tar_stream(number: bytes) -> None:
    block = bytearray(ours.header(Member("f", FILE)))
    block[100:108] = number
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(b" " * 8) + sum(block[156:]))
    with pytest.raises(ArchiveError, match="a number that is none"):
        list(Reader().feed(bytes(block)))
