"""Variables as JSON, and back: plain values, arrays and frames.

The sandbox runs this file too: it needs nothing but Python, and numpy or pandas where a value is theirs.
No value is ever a pickle, since reading one runs what it says.
"""

import base64
import re
import sys
from importlib import import_module
from typing import Any

NUMBERS = "biufcSUmM"
"""The kinds of arrays that are numbers, texts and times: no objects."""

COLUMNS = re.compile(
    r"str|object|string|category|boolean|U?Int\d+|Float\d+|datetime64\[\w+, [\w/+:-]+\]"
)
"""The kinds of columns that are no arrays; each value is written."""

LIBRARY = "\0numpy or pandas"
"""The key of what isn't plain JSON."""


def encode(value: Any) -> Any:
    """A value as JSON has it.

    Raises:
        TypeError: It is neither plain, nor an array, nor a frame.
    """
    if value is None or isinstance(value, (bool, str)):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, (int, float)) and type(value) in (int, float):
        return value
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {str(key): encode(item) for key, item in value.items()}
    return _encode_of_library(value)


def _encode_of_library(value: Any) -> Any:
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return {LIBRARY: "frame", **_frame(value)}
    if pandas is not None and isinstance(value, pandas.Series):
        name = None if value.name is None else encode(value.name)
        return {LIBRARY: "series", "name": name, **_frame(value.to_frame("values"))}
    if numpy is not None and isinstance(value, numpy.generic):
        return encode(value.item())
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _array(value)
    raise TypeError(f"it is or holds a {type(value).__module__}.{type(value).__qualname__}")


def decode(value: Any) -> Any:
    """What was encoded.

    Raises:
        ValueError: It wasn't, or by something else.
        ImportError: It is of numpy or pandas, and they aren't there.
    """
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(LIBRARY)
    if kind is None:
        return {key: decode(item) for key, item in value.items()}
    if kind == "array":
        return _read_array(value)
    if kind not in ("frame", "series"):
        raise ValueError("it is of an unknown kind")
    frame = _read_frame(value)
    return frame if kind == "frame" else frame["values"].rename(value["name"])


def _array(value: Any) -> dict[str, Any]:
    if value.dtype.kind not in NUMBERS:
        raise TypeError(f"it is or holds an array of {value.dtype}")
    data = base64.b64encode(value.tobytes()).decode()
    return {LIBRARY: "array", "dtype": value.dtype.str, "shape": list(value.shape), "data": data}


def _read_array(value: dict[str, Any]) -> Any:
    np = import_module("numpy")

    dtype = np.dtype(str(value["dtype"]))
    if dtype.kind not in NUMBERS:
        raise ValueError("it is an array of objects")
    data = bytearray(base64.b64decode(value["data"]))  # an array of bytes couldn't be changed
    return np.frombuffer(data, dtype).reshape([int(size) for size in value["shape"]])


def _frame(frame: Any) -> dict[str, Any]:
    pd = import_module("pandas")

    names = [None if name is None else encode(name) for name in frame.index.names]
    counted = names == [None] and frame.index.equals(pd.RangeIndex(len(frame)))
    index = None if counted else frame.index.to_frame(index=False)
    return {
        "columns": [
            [_label(name), _column(frame.iloc[:, n])] for n, name in enumerate(frame.columns)
        ],
        "index": None if index is None else [_column(index.iloc[:, n]) for n in range(len(names))],
        "names": names,
        "rows": len(frame),
    }


def _label(name: Any) -> Any:
    label = encode(name)
    if not isinstance(label, (str, int, float)):
        raise TypeError(f"it has a column that is named by a {type(name).__name__}")
    return label


def _column(column: Any) -> dict[str, Any]:
    np = import_module("numpy")

    dtype = str(column.dtype)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in NUMBERS:
        return _array(column.to_numpy())
    if not COLUMNS.fullmatch(dtype):
        raise TypeError(f"it has a column of {dtype}")
    missing = column.isna().tolist()
    values = column.astype("object").tolist()
    if dtype.startswith("datetime"):
        values = [
            None if gone else item.isoformat() for item, gone in zip(values, missing, strict=True)
        ]
    more = {}
    if dtype == "category":
        more = {"categories": encode(column.cat.categories.tolist()), "ordered": column.cat.ordered}
    return {
        **more,
        "dtype": dtype,
        "values": [
            None if gone else encode(item) for item, gone in zip(values, missing, strict=True)
        ],
    }


def _read_frame(value: dict[str, Any]) -> Any:
    pd = import_module("pandas")

    columns = [_read_column(column) for _, column in value["columns"]]
    levels = [_read_column(level) for level in value["index"] or ()]
    index = pd.RangeIndex(int(value["rows"]))
    if any(len(column) != len(index) for column in (*columns, *levels)):
        raise ValueError("its columns are of different lengths")
    frame = pd.DataFrame(dict(enumerate(columns)), index=index)
    frame.columns = pd.Index([label for label, _ in value["columns"]])
    if value["index"] is not None:
        names = value["names"]
        several = len(levels) > 1
        frame.index = (
            pd.MultiIndex.from_arrays(levels, names=names)
            if several
            else pd.Index(levels[0], name=names[0])
        )
    return frame


def _read_column(column: dict[str, Any]) -> Any:
    pd = import_module("pandas")

    if LIBRARY in column:
        return pd.Series(_read_array(column))
    dtype = str(column["dtype"])
    if not COLUMNS.fullmatch(dtype):
        raise ValueError("it has a column of an unknown kind")
    values = [decode(item) for item in column["values"]]
    if dtype == "category":
        categories = decode(column["categories"])
        return pd.Series(pd.Categorical(values, categories=categories, ordered=column["ordered"]))
    # Texts are objects in older versions of pandas, and texts in newer ones.
    return pd.Series(values, dtype=None if dtype == "str" and any(values) else dtype)
