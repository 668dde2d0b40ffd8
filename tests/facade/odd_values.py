"""Values that nobody means to pass, and somebody will."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import io
import math
import uuid
from pathlib import Path
from typing import Any

from cognitora import (
    ContainerExecRequest,
    ContainerUpdateRequest,
    CreateSessionRequest,
    ExecuteCodeRequest,
    FileUpload,
)


class Odd:
    """An object that resents whatever is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __str__(self) -> str:
        raise RuntimeError("no text")


class Text(str):
    """A text of somebody's own kind."""

    __slots__ = ()


HUGE = 10**5000
VALUES: list[Any] = [
    *[None, True, False, 0, 1, -1, 2, 10**9, 10**20, 10**400, HUGE, -HUGE],
    *[0.0, -0.0, 0.5, 1.5, 1e-300, 1e300, 1e309, math.inf, -math.inf, math.nan, 1j],
    *[decimal.Decimal("1.5"), decimal.Decimal("NaN"), fractions.Fraction(1, 3)],
    *[
        "",
        " ",
        "\n",
        "\0",
        "a\0b",
        "\t",
        "a",
        "A b",
        " a ",
        "a\n",
        "a\r\nb",
        "é",
        "名",
        "🙂",
        "\ufeff",
    ],
    *[
        "\ud800",
        "a\udfffb",
        "\udcff",
        "\u202e",
        "%",
        "%00",
        "?",
        "#",
        "a/b",
        "/",
        "//",
        ".",
        "..",
        "../..",
    ],
    *[
        "a" * 300,
        "a" * 100_000,
        "{}",
        "[]",
        "null",
        "true",
        "NaN",
        "-1",
        "http://x",
        "file:///x",
        "\\",
    ],
    *["2030-01-31T12:00:00Z", "2030-01-31", "9999-12-31T23:59:59Z", "0000-00-00", "python", "bash"],
    *["running", "COMPLETED", Text("a"), Text("python"), "=", "a=b", "--help", "-"],
    *[b"", b"a", b"\xff\xfe", bytearray(b"a"), memoryview(b"a"), Path("a"), Path("/")],
    *[
        [],
        [""],
        ["a"],
        ["a", None],
        ["\ud800"],
        ["a", 1],
        [["a"]],
        [b"a"],
        ["\0"],
        [None],
        (),
        ("a",),
    ],
    *[{}, {"a": "b"}, {"a": 1}, {1: "a"}, {"": ""}, {"\ud800": "a"}, {"a": "\ud800"}, {"=": "a"}],
    *[
        {"a": None},
        {"a": HUGE},
        {"cpu_cores": HUGE},
        {"memory_mb": math.nan},
        {"a"},
        frozenset(),
        range(3),
    ],
    *[
        dt.datetime(2030, 1, 1),
        dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
        dt.datetime.max,
        dt.date.min,
    ],
    *[
        dt.datetime.min.replace(tzinfo=dt.UTC),
        dt.timedelta(1),
        uuid.UUID(int=0),
        object(),
        Odd(),
        Odd,
    ],
    *[
        int,
        len,
        lambda: None,
        iter(["a"]),
        (x for x in "a"),
        io.BytesIO(b"a"),
        io.StringIO("a"),
        ...,
    ],
    *[
        FileUpload("a", "b"),
        [FileUpload("a", "b")],
        [FileUpload("../a", "b")],
        [FileUpload("a", "\ud800")],
    ],
    *[[FileUpload("a", None)], [FileUpload(7, "b")], [FileUpload("a", "ü", "base64")]],  # type: ignore[arg-type]  # on purpose
    *[ExecuteCodeRequest("1"), ExecuteCodeRequest(HUGE), CreateSessionRequest()],  # type: ignore[arg-type]  # on purpose
    *[
        ContainerExecRequest(["a"]),
        ContainerUpdateRequest(),
        Exception("a"),
        {"data": {}},
    ],
]
