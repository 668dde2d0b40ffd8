"""Variables on their way between a notebook and a sandbox."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from cognitora import CognitoraError
from cognitora.notebook import codec, variables

pd: Any = import_module("pandas")
LIBRARY = codec.LIBRARY


def there_and_back(value: Any) -> Any:
    return codec.decode(json.loads(json.dumps(codec.encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        2**70,
        1 / 3,
        float("inf"),
        "ü\ud800",
        [1, ["x"]],
        {"a": {"b": None}},
        [],
        {},
        "",
    ],
)
def test_plain_values(value: Any) -> None:
    assert there_and_back(value) == value


def test_tuples_and_numbers_of_numpy_become_plain() -> None:
    found = there_and_back((np.float64(0.1), np.int8(3), np.str_("x"), np.bool_(True)))
    assert found == [0.1, 3, "x", True]
    assert [type(item) for item in found] == [float, int, str, bool]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.arange(6).reshape(2, 3).T,
        np.array([], "float32"),
        np.array(7),
        np.array(["x", "yz"]),
        np.array([1 + 2j]),
        np.array(["2026-01-01", "NaT"], "datetime64[ns]"),
        np.array([True, False]),
        np.zeros((2, 0, 3), ">i2"),
    ],
)
def test_arrays(array: Any) -> None:
    found = there_and_back(array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()
    assert found.flags.writeable


COLUMNS = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "share": [0.1, np.nan, 1 / 3],
        "text": ["x", None, "z"],
        "when": pd.to_datetime(
            ["2026-01-01", "2026-01-02T03:04:05.678901", None], format="ISO8601"
        ),
        "zoned": pd.to_datetime(
            ["2026-01-01", None, "2026-07-01T00:00:00.5"], format="ISO8601"
        ).tz_localize("Europe/Berlin"),
        "kind": pd.Categorical(["u", None, "u"], categories=["v", "u"], ordered=True),
        "maybe": pd.array([1, None, 2**60], dtype="Int64"),
        "perhaps": pd.array([True, None, False], dtype="boolean"),
        "any": pd.Series([[1], {"a": 2}, None], dtype="object"),
        5: [True, False, True],
    }
)


@pytest.mark.parametrize(
    "frame",
    [
        COLUMNS,
        COLUMNS.set_index("text"),
        COLUMNS.set_index(["whole", "text"]),
        COLUMNS.iloc[[2, 0]],
        COLUMNS.iloc[:0],
        COLUMNS[[]],
        COLUMNS[["whole", "whole"]],
        pd.DataFrame(
            {"n": [1, 2]}, index=pd.DatetimeIndex(["2026-01-01", "2026-02-01"], name="day")
        ),
    ],
)
def test_frames(frame: Any) -> None:
    pd.testing.assert_frame_equal(there_and_back(frame), frame, check_column_type=False)


@pytest.mark.parametrize("series", [COLUMNS["share"], COLUMNS.set_index("text")["kind"]])
def test_series(series: Any) -> None:
    pd.testing.assert_series_equal(there_and_back(series), series)


REFUSED = [object(), b"x", {1: 2}, {1}, 1j, [lambda: 1], np.array([object()])]
REFUSED += [
    pd.DataFrame({"p": [pd.Period("2026")]}),
    pd.DataFrame({("a", "b"): [1]}),
    pd.DataFrame({"o": [1j]}, dtype=object),
]


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_all_else_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"it (is|has)"):
        codec.encode(value)


FRAME = {LIBRARY: "frame", "rows": 1, "names": [None], "index": None}
ARRAY = {LIBRARY: "array", "dtype": "<f8", "shape": [1], "data": "AAAAAAAAAAA="}


@pytest.mark.parametrize(
    "sent",
    [
        {LIBRARY: "pickle", "data": "gASVJ"},
        {**ARRAY, "dtype": "O"},
        {**ARRAY, "dtype": "O,i4"},
        {**ARRAY, "dtype": "|V8"},
        {**ARRAY, "dtype": "no such"},
        {**ARRAY, "shape": [10**15]},
        {**ARRAY, "shape": "x"},
        {**ARRAY, "data": "é"},
        {LIBRARY: "array"},
        {**FRAME, "columns": [["a", {"dtype": "Sparse", "values": [1]}]]},
        {**FRAME, "columns": [["a", {**ARRAY, "dtype": "O"}]]},
        {**FRAME, "columns": [["a", ARRAY]], "rows": 10**12},
        {**FRAME, "columns": [["a", ARRAY]], "index": []},
        {**FRAME, "columns": "columns"},
        {LIBRARY: "series", "rows": 10**18, "names": None, "index": None, "columns": []},
    ],
)
def test_what_a_hostile_sandbox_sends_is_an_error_and_no_more(sent: Any) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        codec.decode([sent])


@pytest.mark.parametrize("rows", ["1e999", "NaN", "[]"])
def test_a_hostile_count_is_an_error_of_the_library(rows: str) -> None:
    frame = json.dumps({**FRAME, "columns": [], "rows": "?"}).replace('"?"', rows)
    with pytest.raises(CognitoraError):
        variables._read(f'[{{"x": {frame}}}, {{}}]'.encode())
