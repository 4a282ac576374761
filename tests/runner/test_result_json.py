"""What main() returns becomes JSON: JSON values unchanged, ordinary Python in one form, the rest refused by place."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import io
import ipaddress
import itertools
import json
import math
import pathlib
import sqlite3
import subprocess
import sys
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pydantic
import pydantic.v1
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.json_text import loads
from runner.harness.result_json import NotJson, TooLong, write_result
from tests.judges import told
from tests.properties import examples

MOST = 1024 * 1024
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=30,
)


class Colour(enum.Enum):
    RED = "red"
    DAY = dt.date(2024, 5, 1)


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    when: dt.date


@dataclasses.dataclass
class Row:
    name: str
    seen: set[str]
    inner: Any = None
    kind: dataclasses.InitVar[int] = 0


class Model(pydantic.BaseModel):
    made_at: dt.datetime = pydantic.Field(alias="madeAt")
    data: bytes = b"\xff"


class OldModel(pydantic.v1.BaseModel):
    day: dt.date
    price: decimal.Decimal


def written(value: Any) -> Any:
    """The result as the service reads it: strictly."""
    return loads(write_result(value, MOST), max_depth=100)


ZONE = dt.timezone(dt.timedelta(hours=2))
WRITTEN: dict[str, tuple[Any, Any]] = {
    "a date": (dt.date(2024, 5, 1), "2024-05-01"),
    "a date-time": (dt.datetime(2024, 5, 1, 12, 30), "2024-05-01T12:30:00"),
    "a date-time with a zone": (dt.datetime(2024, 5, 1, 12, 30, 0, 5, ZONE), "2024-05-01T12:30:00.000005+02:00"),
    "a time": (dt.time(9, 5), "09:05:00"),
    "a duration": (dt.timedelta(days=1, hours=2, seconds=3.5), "P1DT2H3.5S"),
    "a negative duration": (dt.timedelta(minutes=-90), "-PT1H30M"),
    "no duration": (dt.timedelta(), "PT0S"),
    "a decimal number": (decimal.Decimal("12.50"), "12.50"),
    "a UUID": (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "a path": (pathlib.PurePosixPath("/tmp/a"), "/tmp/a"),
    "an address": (ipaddress.ip_network("10.0.0.0/30"), "10.0.0.0/30"),
    "an enum": ([Colour.RED, Colour.DAY, Level.HIGH], ["red", "2024-05-01", 3]),
    "a set of texts": ({"b", "a", "c"}, ["a", "b", "c"]),
    "a set of numbers": (frozenset({10, 9.5, 2}), [2, 9.5, 10]),
    "a set of anything": ({(2, "b"), (1, "a"), None, dt.date(2024, 5, 1)}, ["2024-05-01", [1, "a"], [2, "b"], None]),
    "a dataclass": (Row("a", {"y", "x"}), {"name": "a", "seen": ["x", "y"], "inner": None}),
    "a namedtuple": ([Point(1, dt.date(2024, 5, 1)), (1, 2)], [{"x": 1, "when": "2024-05-01"}, [1, 2]]),
    "bytes": ([b"hello", bytearray(b"\xff")], [{"base64": "aGVsbG8="}, {"base64": "/w=="}]),
    "a view of bytes": (memoryview(b""), {"base64": ""}),
    "bytes where base64 is wanted": ({"base64": b"hello"}, {"base64": "aGVsbG8="}),
    "a pydantic model": (
        Model(madeAt=dt.datetime(2024, 5, 1)),
        {"madeAt": "2024-05-01T00:00:00", "data": {"base64": "/w=="}},
    ),
    "a pydantic 1 model": (
        OldModel(day=dt.date(2024, 5, 1), price=decimal.Decimal("1.5")),
        {"day": "2024-05-01", "price": 1.5},
    ),
    "a generator": ((n * n for n in range(3)), [0, 1, 4]),
    "iterators": ([map(str, [1]), zip("a", "b", strict=True), iter([1])], [["1"], [["a", "b"]], [1]]),
    "views": ([{"b": 1, "a": 2}.keys(), {"b": 1}.values(), {"b": 1}.items()], [["b", "a"], [1], [["b", 1]]]),
    "other collections": (
        [range(2), collections.deque([1]), collections.Counter("aab"), types.MappingProxyType({"a": 1})],
        [[0, 1], [1], {"a": 2, "b": 1}, {"a": 1}],
    ),
    "keys that are no text": (
        {1: 1, 1.5: 2, False: 3, None: 4, Colour.RED: 5, dt.date(2024, 5, 1): 6, uuid.UUID(int=1): 7},
        {"1": 1, "1.5": 2, "false": 3, "null": 4, "red": 5, "2024-05-01": 6, "00000000-0000-0000-0000-000000000001": 7},
    ),
    "text of a class of its own": (type("Text", (str,), {"__str__": lambda self: "other"})("mine"), "mine"),
    "minus zero": (-0.0, -0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_ordinary_python_is_written_as(name: str) -> None:
    value, expected = WRITTEN[name]
    assert written(value) == expected


def test_a_row_of_sqlite_is_an_object_and_its_cursor_a_list() -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    assert written(connection.execute("SELECT 1 AS a, 'b' AS b")) == [{"a": 1, "b": "b"}]
    with pytest.raises(NotJson, match="two keys"):
        written(connection.execute("SELECT 1 AS a, 2 AS a").fetchone())
    connection.close()


@given(JSON)
def test_every_json_value_passes_unchanged(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert write_result(value, len(text)) == text


SCALARS = (
    st.dates() | st.datetimes() | st.times() | st.timedeltas() | st.uuids() | st.binary(max_size=20)
    | st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([Colour.RED, Level.HIGH]) | st.ip_addresses()
)  # fmt: skip
HASHABLE = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])) | SCALARS


@settings(max_examples=examples(200))
@given(
    st.recursive(
        JSON | SCALARS,
        lambda inner: (
            st.lists(inner)
            | st.tuples(inner)
            | st.sets(HASHABLE, max_size=5)
            | st.builds(Row, st.just("a"), st.just({"a"}), inner)
            | st.builds(collections.deque, st.lists(inner))
            | st.builds(iter, st.lists(inner))
        ),
        max_leaves=20,
    )
)
def test_whatever_is_supported_gives_valid_json(value: Any) -> None:
    written(value)


@given(st.sets(HASHABLE, max_size=8))
def test_a_set_is_written_in_the_same_order_however_it_was_made(value: set[Any]) -> None:
    backwards = set()
    for one in sorted(value, key=repr, reverse=True):
        backwards.add(one)
    assert write_result(value, MOST) == write_result(backwards, MOST)


@given(st.timedeltas())
def test_a_duration_says_exactly_how_long(value: dt.timedelta) -> None:
    assert pydantic.TypeAdapter(dt.timedelta).validate_python(written(value)) == value


def nested(levels: int, wrap: Callable[[Any], Any] = lambda inner: [inner]) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


def itself() -> Any:
    value: dict[str, Any] = {"a": [1]}
    value["a"].append(value)
    return value


def endless_levels() -> Iterator[Any]:
    yield endless_levels()


async def awaitable() -> None:
    """Nobody awaits it."""


class Endless:
    def __iter__(self) -> Iterator[Any]:
        return iter([self])


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a fraction": (
        lambda: {"rows": [1, 2, 3, {"created": fractions.Fraction(1, 2)}]},
        "/rows/3/created is a fractions.Fraction",
    ),
    "an object": (object, "it is a object"),
    "a key with a slash": (lambda: {"a/b~": object()}, "/a~1b~0 is a object"),
    "NaN": (lambda: {"a": [1.0, math.nan]}, "/a/1 is NaN"),
    "infinity": (lambda: -math.inf, "it is Infinity"),
    "a decimal NaN": (lambda: [decimal.Decimal("NaN")], "/0 is a decimal.Decimal that is no finite number"),
    "a huge integer": (lambda: [10**4300], "/0 is an integer of more than 4300 digits"),
    "a lone surrogate": (lambda: {"a": "\ud800"}, "/a holds a lone surrogate"),
    "a lone surrogate in a key": (lambda: {"a": {"\ud800": 1}}, "lone surrogate"),
    "keys that clash": (lambda: {"a": {1: 1, "1": 2}}, '/a has two keys that become "1"'),
    "keys that clash by an enum": (lambda: {Colour.RED: 1, "red": 2}, 'it has two keys that become "red"'),
    "a tuple as a key": (lambda: {"a": {(1, 2): 3}}, "/a has a key that is a tuple"),
    "an object as a key": (lambda: {"a": {object(): 3}}, "is a object"),
    "a cycle": (itself, "/a/1 contains itself"),
    "101 levels": (lambda: nested(101), "is nested deeper than 100 levels"),
    "100,000 levels": (lambda: nested(100_000), "is nested deeper than 100 levels"),
    "endless levels of generators": (endless_levels, "is nested deeper"),
    "a class": (lambda: [Row], "/0 is the class Row itself"),
    "a function": (lambda: [nested], "/0 is a function"),
    "an open file": (io.StringIO, "is a _io.StringIO"),
    "what only can be iterated": (Endless, "Endless"),
    "a module": (lambda: json, "it is a module"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_the_rest_is_refused_with_its_place(name: str) -> None:
    make, why = REFUSED[name]
    with pytest.raises(NotJson) as refused:
        write_result(make(), MOST)
    assert why in str(refused.value)
    assert len(str(refused.value)) < 1000


def test_what_a_value_raises_is_told_with_its_place() -> None:
    def rows() -> Iterator[int]:
        yield 1
        raise LookupError("no")

    with pytest.raises(NotJson, match=r"^/rows/1 could not be read$") as refused:
        write_result({"rows": rows()}, MOST)
    assert isinstance(refused.value.__cause__, LookupError)


def test_a_coroutine_is_refused_in_words_that_help() -> None:
    waiting = awaitable()
    with pytest.raises(NotJson, match=r"nobody awaited; have main run it with asyncio.run\(\)"):
        write_result(waiting, MOST)
    waiting.close()


def test_100_levels_are_taken() -> None:
    assert written(nested(100)) == nested(100)
    assert written(nested(100, lambda inner: {"a": inner})) == nested(100, lambda inner: {"a": inner})


TOO_LONG: dict[str, Callable[[], Any]] = {
    "an endless generator": itertools.count,
    "an endless generator of nothing": lambda: itertools.repeat(None),
    "a range": lambda: range(10**15),
    "a large text a million times": lambda: ["x" * 10**6] * 10**6,
    "lists of one list of one list": lambda: nested(60, lambda inner: [inner, inner]),
    "bytes": lambda: b"x" * MOST,
    "bytes where base64 is wanted": lambda: {"base64": b"x" * MOST},
    "a text": lambda: "x" * (MOST - 1),
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_what_cannot_fit_ends_within_the_bound(name: str) -> None:
    with pytest.raises(TooLong):
        write_result(TOO_LONG[name](), MOST)


def test_a_result_that_just_fits_is_taken() -> None:
    for value in ("x" * 98, [1] * 48 + [10], {"a": "x" * 92}):
        assert len(write_result(value, 100)) == 100


def test_nothing_is_imported_for_a_result() -> None:
    program = (
        "import sys; sys.path.insert(0, 'runner')\n"
        "from harness import main, result_json\n"
        "result_json.write_result([{1: {2}}, range(3), b'a', iter([1])], 100)\n"
        "print(*sys.modules)"
    )
    root = pathlib.Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-I", "-c", program], cwd=root, capture_output=True, text=True, check=True)
    costly = {"typing", "dataclasses", "datetime", "decimal", "uuid", "pathlib", "ipaddress", "sqlite3", "inspect"}
    assert not costly & set(done.stdout.split())


@pytest.mark.judges
def test_numpy_and_pandas_are_written_with_what_is_missing_as_null() -> None:
    assert told("values", str(pathlib.Path(__file__).parents[2] / "runner")) == []
