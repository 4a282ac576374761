"""What main() annotates is made from the JSON that was sent; a plain annotation changes nothing."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import json
import pathlib
import types
import typing
import uuid
from typing import Any, NamedTuple, NewType, TypedDict

import pydantic
import pydantic.v1
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.harness.parameters import ArgumentsUnfit, construct_arguments, construct_whole
from runner.harness.result_json import write_result
from tests.properties import examples


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Item:
    name: str
    day: dt.date
    children: list[Item] = dataclasses.field(default_factory=list)
    colour: Colour = Colour.RED
    kind: typing.ClassVar[str] = "item"
    scale: dataclasses.InitVar[int] = 1

    def __post_init__(self, scale: int) -> None:
        if not self.name:
            raise ValueError("a name is needed")


class Needed(TypedDict):
    since: dt.datetime


class Filter(Needed, total=False):
    colours: list[Colour]


class Other(TypedDict):
    until: dt.date


class Point(NamedTuple):
    x: int
    when: dt.date | None = None


class Model(pydantic.BaseModel):
    host: str = pydantic.Field(min_length=2)
    at: dt.datetime
    ports: list[int] = []


class OldModel(pydantic.v1.BaseModel):
    day: dt.date


Name = NewType("Name", str)
Day = NewType("Day", dt.date)
DAY = dt.date(2024, 5, 1)
NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def make(annotation: Any, value: Any) -> Any:
    """What a function with one parameter so annotated is given; as text, as with the future import, the same."""
    code = compile(f"def main(value: {annotation}): pass", "main.py", "exec", dont_inherit=True)
    late = compile(f"from __future__ import annotations\ndef main(value: {annotation}): pass", "main.py", "exec")
    found = []
    for one in (code, late):
        scope = {**globals(), "collections": collections}
        exec(one, scope)
        found.append(construct_arguments(scope["main"], {"value": value})["value"])
    assert found[0] == found[1]
    return found[0]


MADE: dict[str, tuple[Any, Any]] = {
    "dt.date": ("2024-05-01", DAY),
    "dt.datetime": ("2024-05-01T12:00:00Z", NOON),
    "dt.time": ("09:05", dt.time(9, 5)),
    "dt.timedelta": ("P1DT2H3.5S", dt.timedelta(days=1, hours=2, seconds=3.5)),
    "uuid.UUID": ("00000000-0000-0000-0000-000000000001", uuid.UUID(int=1)),
    "decimal.Decimal": (0.1, decimal.Decimal("0.1")),
    "pathlib.Path": ("/tmp/a", pathlib.Path("/tmp/a")),
    "bytes": ("aGVsbG8=", b"hello"),
    "bytearray": ({"base64": "aGVsbG8="}, bytearray(b"hello")),
    "Colour": ("red", Colour.RED),
    "Level": (3, Level.HIGH),
    "typing.Optional[Colour]": ("BLUE", Colour.BLUE),
    "Colour | None": (None, None),
    "dt.time | str": (None, None),
    "Item": ({"name": "a", "day": "2024-05-01", "children": [{"name": "b", "day": "2024-05-01", "colour": "blue"}]},
             Item("a", DAY, [Item("b", DAY, [], Colour.BLUE)])),
    "list[Item]": ([{"name": "a", "day": "2024-05-01"}], [Item("a", DAY)]),
    "typing.List['Item']": ([{"name": "a", "day": "2024-05-01"}], [Item("a", DAY)]),
    "collections.abc.Sequence[dt.date]": (["2024-05-01"], [DAY]),
    "dict[str, dt.date]": ({"a": "2024-05-01"}, {"a": DAY}),
    "collections.abc.Mapping[dt.date, Colour]": ({"2024-05-01": "red"}, {DAY: Colour.RED}),
    "Filter": ({"since": "2024-05-01T12:00:00+00:00", "colours": ["red"]}, {"since": NOON, "colours": [Colour.RED]}),
    "Point": ({"x": 1, "when": "2024-05-01"}, Point(1, DAY)),
    "list[Point]": ([[1, "2024-05-01"], {"x": 2}], [Point(1, DAY), Point(2)]),
    "Model": ({"host": "ab", "at": "2024-05-01T12:00:00Z"}, Model(host="ab", at=NOON)),
    "OldModel": ({"day": "2024-05-01"}, OldModel(day=DAY)),
    "typing.Annotated[dt.date, 'a day']": ("2024-05-01", DAY),
    "typing.Annotated[list[typing.Annotated[dt.date, 1]], 2]": (["2024-05-01"], [DAY]),
    "dt.date | str": ("2024-05-01", DAY),
    "typing.Union[dt.date, str]": ("tomorrow", "tomorrow"),
    "str | dt.date": ("2024-05-01", "2024-05-01"),
    "int | Item": ({"name": "a", "day": "2024-05-01"}, Item("a", DAY)),
    "typing.Literal['now'] | dt.date": ("2024-05-01", DAY),
    "Filter | Other": ({"until": "2024-05-01"}, {"until": DAY}),
    "set[str]": (["a", "b"], {"a", "b"}),
    "tuple[dt.date, ...]": (["2024-05-01"], (DAY,)),
    "tuple[int, dt.date]": ([1, "2024-05-01"], (1, DAY)),
    "Day": ("2024-05-01", DAY),
}  # fmt: skip


@pytest.mark.parametrize("annotation", MADE)
def test_is_made_from_json(annotation: str) -> None:
    value, expected = MADE[annotation]
    found = make(annotation, value)
    assert found == expected
    assert type(found) is type(expected)


PLAIN = (
    "str", "int", "float", "bool", "dict", "list", "object", "Any", "None", "Name", "list[int]", "dict[str, list[int]]",
    "typing.Literal['a']", "'Unknown'", "'Unknown | None'", "'list[Unknown]'", "'dt.nothing'", "'1/0'",
    "'no annotation'", "typing.Callable[[int], str]", "typing.TypeVar('T')", "types.ModuleType", "dt.tzinfo", "type",
)  # fmt: skip


@settings(max_examples=examples(8))
@given(st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
@pytest.mark.parametrize("annotation", PLAIN)
def test_a_plain_annotation_changes_nothing(annotation: str, value: Any) -> None:
    scope = dict(globals())
    exec(f"def main(value: {annotation}, other=1, **more: dt.date): pass", scope)
    arguments = {"value": value, "more": "x", "anything": value}
    made = construct_arguments(scope["main"], arguments)
    assert made == arguments
    assert made["value"] is value


UNFIT: dict[str, tuple[Any, str]] = {
    "dt.date": ("soon", '/value: is not a date, such as "2024-05-01"'),
    "dt.datetime": (17, '/value: is not a date-time, such as "2024-05-01T12:30:00+00:00"'),
    "dt.timedelta": ("PT", "/value: is not a duration"),
    "bytes": ("no base64!", "/value: is not base64"),
    "uuid.UUID": ({}, "/value: is not a UUID"),
    "decimal.Decimal": ("NaN", "/value: is not a decimal number"),
    "pathlib.Path": (1, "/value: is not the text of a path"),
    "Colour": ("green", "/value: is none of: red, blue"),
    "list[dt.date]": (["2024-05-01", "no"], "/value/1: is not a date"),
    "dict[str, dt.date]": ({"a/b": "no"}, "/value/a~1b: is not a date"),
    "list[Colour]": ("red", "/value: is no list"),
    "Item": (
        {"name": "a", "day": "2024-05-01", "children": [{"name": "b", "day": "no"}]},
        "/value/children/0/day: is not a date",
    ),
    "list[Item]": ([{"name": "a"}], "/value/0: has no day"),
    "Item | None": ({"name": "a", "day": "2024-05-01", "size": 1}, "/value/size: is not known; known are name, day"),
    "typing.Optional[Item]": (
        {"name": "", "day": "2024-05-01"},
        "/value: cannot be made: ValueError: a name is needed",
    ),
    "int | Item": ([], "/value: is no object, which a Item is made from"),
    "dt.date | Item": ("x", "/value: fits none of what it may be: is not a date"),
    "Model": (
        {"host": "ab", "at": "2024-05-01T12:00:00Z", "ports": [1, "x"]},
        "/value/ports/1: is refused: Input should be a valid integer",
    ),
    "typing.Annotated[Model, 1]": ({"host": "a"}, "/host String should have at least 2 characters; /at Field required"),
    "OldModel": ({"day": "no"}, "/value/day: is refused: invalid date format"),
    "Filter": ({"since": "no"}, "/value/since: is not a date-time"),
    "tuple[int, int]": ([1], "/value: has 1 items instead of 2"),
    "set[Any]": ([[]], "/value: has items that cannot be in a set"),
}  # fmt: skip


@pytest.mark.parametrize("annotation", UNFIT)
def test_what_cannot_be_made_is_told_with_its_place(annotation: str) -> None:
    value, why = UNFIT[annotation]
    with pytest.raises(ArgumentsUnfit) as refused:
        make(annotation, value)
    assert str(refused.value).startswith("main() cannot take these arguments: ")
    assert why in str(refused.value)


def test_every_fault_is_told_at_once() -> None:
    def main(day: dt.date, colour: Colour, name: str) -> None: ...

    with pytest.raises(ArgumentsUnfit, match=r"/day: .*\n/colour: "):
        construct_arguments(main, {"day": "x", "colour": "x", "name": "x"})


@dataclasses.dataclass
class Branch:
    next: list[Branch] | dict[str, Branch] | Branch | None = None


def test_what_fits_no_way_through_types_that_hold_each_other_is_told_at_once() -> None:
    def main(root: Branch) -> None: ...

    value: Any = "no branch"
    for _ in range(60):
        value = {"next": value}
    with pytest.raises(ArgumentsUnfit, match="/root/next: fits none of what it may be") as refused:
        construct_arguments(main, {"root": value})  # trying every way would take 2 ** 60 steps
    assert len(str(refused.value)) < 5_000


def test_the_whole_object_is_made_as_its_one_parameter_says() -> None:
    def main(arguments: Item) -> None: ...

    assert construct_whole(main, {"name": "a", "day": "2024-05-01"}) == Item("a", DAY)
    with pytest.raises(ArgumentsUnfit, match="/day: is not a date"):
        construct_whole(main, {"name": "a", "day": "x"})
    assert construct_whole(lambda arguments: None, {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("main", [print, Item, 5, types.SimpleNamespace(__annotations__=7)])
def test_what_is_no_function_of_its_own_is_given_what_was_sent(main: Any) -> None:
    assert construct_arguments(main, {"name": "a", "day": "x"}) == {"name": "a", "day": "x"}


@given(
    st.dates() | st.datetimes() | st.times() | st.uuids() | st.binary() | st.timedeltas() | st.sampled_from(Colour)
    | st.decimals(allow_nan=False, allow_infinity=False)
)  # fmt: skip
def test_what_a_result_becomes_is_taken_back_as_the_same_value(value: Any) -> None:
    def main(value: Any) -> None: ...

    main.__annotations__["value"] = type(value)
    made = construct_arguments(main, {"value": json.loads(write_result(value, 2**20))})["value"]
    assert (made, type(made)) == (value, type(value))
