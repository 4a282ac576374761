"""Writes values of numpy and pandas as the harness does: the folder of the package ``harness`` in, complaints out."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, json.load(sys.stdin))
from harness.result_json import NotJson, TooLong, write_result

MOST = 1024 * 1024
FRAME = pd.DataFrame(
    {
        "name": ["a", None],
        "count": [1, 2],
        "share": [0.5, np.nan],
        "when": pd.to_datetime(["2024-05-01T12:30:00Z", None]),
        "took": pd.to_timedelta(["1h", None]),
        "kind": pd.Categorical(["x", None]),
        "maybe": pd.array([1, None], dtype="Int64"),
        "any": [{"a": np.int64(1)}, [pd.NaT]],
    }
)
ROWS = [
    {
        "name": "a",
        "count": 1,
        "share": 0.5,
        "when": "2024-05-01T12:30:00+00:00",
        "took": "PT1H",
        "kind": "x",
        "maybe": 1,
        "any": {"a": 1},
    },
    {
        "name": None,
        "count": 2,
        "share": None,
        "when": None,
        "took": None,
        "kind": None,
        "maybe": None,
        "any": [None],
    },
]
SALES = pd.DataFrame({"city": ["B", "A", "B"], "shop": [1, 1, 2], "sold": [1, 2, 3]})
WRITTEN: list[tuple[Any, Any]] = [
    ([np.int64(1), np.float64(1.5), np.float32(0.5), np.bool_(True), np.str_("a")], [1, 1.5, 0.5, True, "a"]),
    ([np.float16(0.5), np.longdouble(0.5), np.uint64(2**64 - 1)], [0.5, 0.5, 2**64 - 1]),
    (np.bytes_(b"a"), {"base64": "YQ=="}),
    (np.arange(6).reshape(2, 3), [[0, 1, 2], [3, 4, 5]]),
    (np.array(5), 5),
    (np.array([True, False]), [True, False]),
    (np.array(["a", "b"]), ["a", "b"]),
    (np.array([1, "a", None, date(2024, 5, 1)], dtype=object), [1, "a", None, "2024-05-01"]),
    (np.array(["2024-05-01", "NaT"], dtype="datetime64[D]"), ["2024-05-01", None]),
    (np.datetime64("2024-05-01T12:30:00.000000001"), "2024-05-01T12:30:00.000000001"),
    (np.array([90], dtype="timedelta64[m]"), ["PT1H30M"]),
    (np.timedelta64(3, "Y"), "P3Y"),
    (np.array([(1, 0.5)], dtype=[("a", "i4"), ("b", "f8")]), [{"a": 1, "b": 0.5}]),
    (np.ma.masked_array([1, 2], mask=[False, True]), [1, None]),
    ({np.int64(1): 1, np.str_("a"): 2}, {"1": 1, "a": 2}),
    ({np.int64(2), np.int64(1)}, [1, 2]),
    (FRAME, ROWS),
    ({"rows": FRAME[FRAME["count"] == 2]}, {"rows": ROWS[1:]}),
    (pd.DataFrame(), []),
    (pd.DataFrame({1: [2], datetime(2024, 5, 1): [3]}), [{"1": 2, "2024-05-01T00:00:00": 3}]),
    (SALES.groupby("city").sum(), [{"city": "A", "shop": 1, "sold": 2}, {"city": "B", "shop": 3, "sold": 4}]),
    (SALES.groupby(["city", "shop"])["sold"].sum(), [
        {"city": "A", "shop": 1, "sold": 2}, {"city": "B", "shop": 1, "sold": 1}, {"city": "B", "shop": 2, "sold": 3}]),
    (pd.DataFrame({"v": [1.5]}, index=["mean"]), [{"index": "mean", "v": 1.5}]),
    (pd.Series([1.5, None]), [1.5, None]),
    (pd.Series([1, 2], index=["a", "b"]), {"a": 1, "b": 2}),
    (SALES["city"].value_counts(), {"B": 2, "A": 1}),
    (FRAME.iloc[1], ROWS[1]),
    (FRAME["when"], ["2024-05-01T12:30:00+00:00", None]),
    (pd.Index(["a", None]), ["a", None]),
    (pd.array([1, None], dtype="Int64"), [1, None]),
    ([pd.NaT, pd.NA, pd.Timestamp("2024-05-01")], [None, None, "2024-05-01T00:00:00"]),
    (pd.Timedelta("1ns"), "PT0.000000001S"),
    (pd.Period("2024-05"), "2024-05"),
]  # fmt: skip
REFUSED: list[tuple[Any, str]] = [
    ({"a": np.array([1.0, np.nan])}, "/a/1 is NaN"),
    (np.float64("inf"), "it is Infinity"),
    (pd.DataFrame({"a": [1.0, np.inf]}), "/1/a is Infinity"),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), '/0 has two keys that become "a"'),
    (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "/0 has a key that is a tuple"),
    ([np.complex128(1)], "/0 is a complex"),
    ({"rows": SALES.groupby("city")}, "/rows is a pandas."),
    ([{"a": pd.DataFrame({"b": [object()]})}], "/0/a/0/b is a object"),
    (timedelta, "is the class timedelta itself"),
]
TOO_LONG: list[Any] = [
    np.zeros(10**7),
    pd.DataFrame({"a": range(10**6)}),
    pd.Series(range(10**7)),
    pd.RangeIndex(10**8),
]


def complaints() -> list[str]:
    """What was not as expected."""
    said = []
    for value, expected in WRITTEN:
        try:
            found = json.loads(write_result(value, MOST))
        except Exception as error:  # noqa: BLE001 -- told
            found = repr(error)
        if found != expected:
            said.append(f"{value!r} became {found!r}, not {expected!r}")
    for value, why in REFUSED:
        try:
            said.append(f"{value!r} became {write_result(value, MOST)!r}")
        except NotJson as refused:
            said += [] if why in str(refused) else [f"{value!r}: {refused}"]
    for value in TOO_LONG:
        try:
            said.append(f"a {type(value)} became {len(write_result(value, MOST))} bytes")
        except TooLong:
            continue
    return said


json.dump(complaints(), sys.stdout)
