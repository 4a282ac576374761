"""Arguments as models write them: whole numbers with a point, JSON in texts. What a tool gets, and what it does not."""

from __future__ import annotations

import copy
import json
import time
from random import Random
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import InputRefused
from registry.executions.call_arguments import TakenArguments, check_arguments
from registry.json_text import dump_sorted, loads
from registry.jsonschemas import compile_schema, list_changed_places
from tests.made_tools import Author, written
from tests.properties import examples

Json = Any
INTEGER: Json = {"type": "integer"}
NUMBER: Json = {"type": "number"}
TEXT: Json = {"type": "string"}
LIST: Json = {"type": "array", "items": INTEGER}
BOX: Json = {"type": "object", "properties": {"k": INTEGER}, "required": ["k"], "additionalProperties": False}
TREE: Json = {"properties": {"v": INTEGER, "below": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}
ALL_BUT_X: Json = {"additionalProperties": INTEGER, "patternProperties": {"^x": NUMBER}}
EITHER: Json = {"anyOf": [{"properties": {"a": INTEGER}}, {"properties": {"b": INTEGER}}]}
TAGGED: Json = {
    "oneOf": [
        {"properties": {"kind": {"const": "count"}, "v": INTEGER}},
        {"properties": {"kind": {"const": "size"}, "v": NUMBER}},
    ]
}


def taking(schema: Json) -> Json:
    """Parameters with one of this schema."""
    return {"type": "object", "properties": {"n": schema}, "$defs": {"tree": TREE, "whole": INTEGER}}


def take(parameters: Json, arguments: Json, *, lossless: bool = True) -> TakenArguments:
    manifest = SimpleNamespace(parameters=parameters)
    tool: Any = SimpleNamespace(name="made", digest="", manifest=manifest)
    catalog: Any = SimpleNamespace(derived=lambda key, make: make())
    return check_arguments(catalog, tool, arguments, lossless=lossless)


def outcome(parameters: Json, arguments: Json, *, lossless: bool = True) -> TakenArguments | list[str]:
    """What is taken, or every fault."""
    try:
        return take(parameters, arguments, lossless=lossless)
    except InputRefused as refused:
        return [f"{fault.pointer} {fault.message}" for fault in refused.faults]


def refusal(parameters: Json, arguments: Json, *, lossless: bool = True) -> list[str]:
    faults = outcome(parameters, arguments, lossless=lossless)
    assert isinstance(faults, list)
    assert faults
    return faults


@pytest.mark.parametrize(
    ("schema", "came", "gets"),
    [
        (INTEGER, 1.0, 1),
        (INTEGER, 1e2, 100),
        (INTEGER, -0.0, 0),
        (INTEGER, 9007199254740992.0, 9007199254740992),
        (INTEGER, 9007199254740993, 9007199254740993),
        (NUMBER, 1.0, 1.0),
        ({}, 1.0, 1.0),
        ({"type": ["integer", "null"]}, 3.0, 3),
        ({"type": ["integer", "number"]}, 3.0, 3.0),
        ({"anyOf": [INTEGER, {"type": "null"}]}, 3.0, 3),
        ({"anyOf": [INTEGER, NUMBER]}, 3.0, 3.0),
        ({"anyOf": [{"type": "integer", "maximum": 3}, {"type": "number", "minimum": 3.5}]}, 3.0, 3),
        ({"anyOf": [{"type": "integer", "maximum": 3}, {"type": "number", "minimum": 3.5}]}, 4.0, 4.0),
        ({"allOf": [NUMBER, INTEGER]}, 3.0, 3),
        ({"$ref": "#/$defs/whole"}, 3.0, 3),
        ({"enum": [1, 2.5]}, 1.0, 1),
        ({"enum": [1.0, 2]}, 1.0, 1.0),
        ({"enum": [1.0, 2]}, 2.0, 2),
        ({"const": 3}, 3.0, 3),
        (LIST, [1.0, 2], [1, 2]),
        ({"prefixItems": [INTEGER, NUMBER], "items": INTEGER}, [1.0, 2.0, 3.0], [1, 2.0, 3]),
        (ALL_BUT_X, {"a": 1.0, "x": 2.0}, {"a": 1, "x": 2.0}),
        ({"patternProperties": {"^x": INTEGER}}, {"a": 1.0, "x": 1.0}, {"a": 1.0, "x": 1}),
        (TAGGED, {"kind": "count", "v": 1.0}, {"kind": "count", "v": 1}),
        (TAGGED, {"kind": "size", "v": 1.0}, {"kind": "size", "v": 1.0}),
        (EITHER, {"a": 1.0, "b": 2.0}, {"a": 1, "b": 2}),
        ({"anyOf": [{"properties": {"a": INTEGER}}, {"properties": {"a": NUMBER}}]}, {"a": 1.0}, {"a": 1.0}),
        ({"if": {"required": ["b"]}, "then": {"properties": {"a": INTEGER}}}, {"a": 1.0, "b": 0}, {"a": 1, "b": 0}),
        ({"if": {"required": ["b"]}, "then": {"properties": {"a": INTEGER}}}, {"a": 1.0}, {"a": 1.0}),
        ({"if": {"required": ["b"]}, "else": {"properties": {"a": INTEGER}}}, {"a": 1.0}, {"a": 1}),
        ({"dependentSchemas": {"b": {"properties": {"a": INTEGER}}}}, {"a": 1.0, "b": 0}, {"a": 1, "b": 0}),
        ({"dependentSchemas": {"b": {"properties": {"a": INTEGER}}}}, {"a": 1.0}, {"a": 1.0}),
        ({"properties": {"a": NUMBER}, "unevaluatedProperties": INTEGER}, {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2}),
        ({"prefixItems": [NUMBER], "unevaluatedItems": INTEGER}, [1.0, 2.0], [1.0, 2]),
        ({"$ref": "#/$defs/tree"}, {"below": [{"below": [{"v": 3.0}]}]}, {"below": [{"below": [{"v": 3}]}]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lossless", [True, False])
def test_a_whole_number_is_an_integer_where_the_schema_wants_one(
    schema: Json, came: Json, gets: Json, *, lossless: bool
) -> None:
    taken = take(taking(schema), {"n": came}, lossless=lossless)
    assert dump_sorted(taken.given) == dump_sorted({"n": gets})
    assert dump_sorted(taken.came) == dump_sorted({"n": came})
    assert bool(taken.coerced) == (dump_sorted(came) != dump_sorted(gets))


@pytest.mark.parametrize("number", [9007199254740994.0, -1e17, 1e300])
def test_a_float_that_may_be_several_integers_is_refused(number: float) -> None:
    [told] = refusal(taking(INTEGER), {"n": number})
    assert told.startswith("/n Must be an integer")
    assert "2^53" in told
    assert take(taking(NUMBER), {"n": number}).given == {"n": number}


def test_a_number_that_no_float_holds_is_refused_by_name() -> None:
    assert "1e400 is too large" in refusal(taking(INTEGER), '{"n": 1e400}')[0]
    assert "too large" in refusal(taking(INTEGER), {"n": "1e400"})[0]


@pytest.mark.parametrize(
    ("schema", "came", "gets"),
    [
        (INTEGER, "5", 5),
        (INTEGER, " -5\n", -5),
        (INTEGER, "1e2", 100),
        (INTEGER, "9007199254740993", 9007199254740993),
        (NUMBER, "0.1", 0.1),
        (NUMBER, "5", 5),
        ({"type": "boolean"}, "true", True),
        ({"type": "null"}, "null", None),
        ({"type": ["integer", "null"]}, "null", None),
        ({"anyOf": [INTEGER, {"type": "null"}]}, "7", 7),
        ({"$ref": "#/$defs/whole"}, "7", 7),
        ({"enum": [1, 2]}, "1", 1),
        ({"anyOf": [{"enum": ["auto"]}, INTEGER]}, "5", 5),
        (LIST, "[1,2]", [1, 2]),
        (LIST, '["1", "2.0"]', [1, 2]),
        (LIST, ["1", 2, "3"], [1, 2, 3]),
        (LIST, '"[1]"', [1]),
        (LIST, json.dumps(json.dumps("[1]")), [1]),
        (BOX, '{"k":1}', {"k": 1}),
        (BOX, '{"k":"1"}', {"k": 1}),
        ({"type": "array", "items": BOX}, '["{\\"k\\": \\"7\\"}", {"k": 8}]', [{"k": 7}, {"k": 8}]),
        ({"anyOf": [LIST, BOX]}, '{"k":3}', {"k": 3}),
        ({"anyOf": [BOX, LIST]}, ["3"], [3]),
        (TAGGED, {"kind": "count", "v": "3"}, {"kind": "count", "v": 3}),
        ({"if": {"required": ["b"]}, "then": {"properties": {"a": INTEGER}}}, {"a": "1", "b": 0}, {"a": 1, "b": 0}),
        ({"dependentSchemas": {"b": {"properties": {"a": INTEGER}}}}, {"a": "1", "b": 0}, {"a": 1, "b": 0}),
        ({"prefixItems": [TEXT, INTEGER]}, ["1", "2"], ["1", 2]),
        ({"additionalProperties": INTEGER}, {"a": "1"}, {"a": 1}),
        ({"patternProperties": {"^x": INTEGER}}, {"x": "1", "y": "1"}, {"x": 1, "y": "1"}),
        ({"properties": {"a": TEXT}, "unevaluatedProperties": INTEGER}, {"a": "1", "b": "2"}, {"a": "1", "b": 2}),
        ({"prefixItems": [TEXT], "unevaluatedItems": INTEGER}, ["1", "2"], ["1", 2]),
        ({"allOf": [{"properties": {"a": {}}}, {"properties": {"a": INTEGER}}]}, {"a": "1"}, {"a": 1}),
        ({"$ref": "#/$defs/tree"}, {"below": '[{"v": "1", "below": "[]"}]'}, {"below": [{"v": 1, "below": []}]}),
        ({"type": "object", "properties": {"a": {"type": "integer", "default": 3}}, "required": ["a"]}, "{}", {"a": 3}),
    ],
)  # fmt: skip
def test_json_in_a_text_is_read_where_the_schema_takes_the_value_alone(schema: Json, came: Json, gets: Json) -> None:
    before = copy.deepcopy(came)
    taken = take(taking(schema), {"n": came})
    assert dump_sorted(taken.given) == dump_sorted({"n": gets})
    assert taken.came == {"n": before} == {"n": came}
    assert taken.coerced
    told = refusal(taking(schema), {"n": came}, lossless=False)
    assert told, "strict: a text stays a text"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (TEXT, "5"),
        (TEXT, "[1]"),
        ({}, '{"k": 1}'),
        ({"type": ["string", "integer"]}, "5"),
        ({"anyOf": [INTEGER, TEXT]}, "5"),
        ({"enum": ["1", 1]}, "1"),
        ({"type": "array", "items": TEXT}, ["1", "true", "null"]),
        ({"properties": {"a": INTEGER}}, "{}"),
        ({"not": INTEGER}, "5"),
    ],
)
def test_a_text_that_the_schema_takes_stays_as_it_is(schema: Json, value: Json) -> None:
    taken = take(taking(schema), {"n": value})
    assert (taken.given, taken.coerced) == ({"n": value}, ())


@pytest.mark.parametrize(
    ("schema", "value", "says"),
    [
        ({"type": ["string", "integer"], "pattern": "^a"}, "5", "does not match the pattern"),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "null", "is not a valid date"),
        (INTEGER, "5.5", "holds a fraction"),
        (INTEGER, "true", "Must be an integer, not a string"),
        (INTEGER, "05", "no number as JSON writes one; send the integer itself"),
        (INTEGER, "0x10", "no number as JSON writes one"),
        (INTEGER, "1,000", "no number as JSON writes one"),
        (INTEGER, "", "Must be an integer, not a string"),
        (NUMBER, "0.1000000000000000055511151231257827", "more digits than are kept"),
        (NUMBER, "NaN", "JSON has no NaN"),
        ({"type": "boolean"}, "True", "True is no word of JSON; send true"),
        ({"type": "boolean"}, "yes", "Must be true or false, not a string"),
        ({"type": ["integer", "null"]}, "None", "None is no word of JSON; send null"),
        (LIST, "[1, 'a']", "is not valid JSON (at line 1, column 5"),
        (LIST, '[1, "a"]', "it holds JSON text; send the array itself"),
        (LIST, "{}", "Must be an array, not a string"),
        (LIST, '["1", 2.5]', "send the array itself"),
        (BOX, "{'k': 1}", "is not valid JSON"),
        (BOX, '{"k": 1, "k": 2}', "appears twice"),
        (BOX, '{"k": 1, "other": 2}', "send the object itself"),
        (LIST, "[" * 70 + "]" * 70, "nested deeper"),
        (LIST, "[" + "1," * 2000 + '"a"]', "seems to hold JSON text; send the array itself"),
    ],
)
def test_what_cannot_be_read_without_loss_is_refused_in_words_that_help(schema: Json, value: Json, says: str) -> None:
    assert says in " ".join(refusal(taking(schema), {"n": value}))
    assert says in " ".join(refusal(taking(schema), {"n": value}, lossless=False))


def test_strictness_says_what_to_send() -> None:
    [told] = refusal(taking(LIST), {"n": "[1]"}, lossless=False)
    assert told == "/n Must be an array, not a string; it holds JSON text; send the array itself"
    [told] = refusal(taking(INTEGER), {"n": "5"}, lossless=False)
    assert told.endswith("it holds JSON text; send the integer itself, without quotes")


def test_one_fault_that_stays_leaves_every_text_as_it_was() -> None:
    parameters = {"type": "object", "properties": {"a": INTEGER, "b": LIST}, "additionalProperties": False}
    arguments = {"a": "5", "b": "[1]", "c": 1}
    assert refusal(parameters, arguments) == refusal(parameters, arguments, lossless=False)
    assert len(refusal(parameters, arguments)) == 3


def test_all_the_arguments_may_be_text_in_text() -> None:
    arguments = json.dumps(json.dumps({"n": "1"}))
    taken = take(taking(INTEGER), arguments)
    assert (taken.given, taken.came, taken.coerced) == ({"n": 1}, {"n": "1"}, ("", "/n"))
    assert refusal(taking(INTEGER), arguments, lossless=False) == [" the arguments must be one JSON object"]
    assert take(taking(INTEGER), '{"n": 1}').coerced == ()


def test_a_default_is_no_coercion_and_an_integer_too() -> None:
    taken = take(taking({"type": "integer", "default": 5.0}), {})
    assert (json.dumps(taken.given), taken.coerced) == ('{"n": 5}', ())


def test_pointers_are_few_and_short_however_much_was_changed() -> None:
    many = take(taking(LIST), {"n": [1.0] * 5000})
    assert many.coerced == ("/n",)
    assert len(take(taking(LIST), {"n": [1.0] * 100}).coerced) == 100
    name = "x" * 5000
    parameters = taking({"additionalProperties": LIST})
    assert take(parameters, {"n": {name: [1.0], "a/~": [2.0]}}).coerced == ("/n", "/n/a~1~0/0")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (LIST, [1.0] * 250_000),
        (LIST, json.dumps([1.0] * 200_000)),
        (LIST, ["5"] * 200_000),
        (LIST, "[" * 500_000),
        (LIST, '"' * 500_000),
        (LIST, " " * 1_000_000),
        ({"type": "array", "items": BOX}, ['{"k": 1}'] * 60_000),
        ({"$ref": "#/$defs/tree"}, {"below": [{"v": 1.0, "below": [{"v": 2.0}]}] * 20_000}),
        ({"type": "array", "items": {"anyOf": [BOX, LIST, {"type": "null"}]}}, [[1.0]] * 60_000),
        ({"type": "array", "items": {"anyOf": [BOX, LIST, {"type": "null"}]}}, ["[1.0]"] * 60_000),
        (INTEGER, "9" * 4300),
        (INTEGER, "1" * 1_000_000),
    ],
)  # fmt: skip
def test_no_form_of_arguments_costs_more_than_its_size(schema: Json, value: Json) -> None:
    began = time.process_time()
    assert outcome(taking(schema), {"n": value})
    assert time.process_time() - began < 1.5


def test_texts_nested_in_a_schema_of_exponentially_many_ways_end() -> None:
    again: Json = {"$ref": "#/$defs/fork"}
    fork: Json = {"anyOf": [{"properties": {"a": again}}, {"properties": {"a": again, "b": INTEGER}}]}
    parameters = {"type": "object", "properties": {"n": {"$ref": "#/$defs/fork"}}, "$defs": {"fork": fork}}
    deep: Json = {"b": "x"}
    whole: Json = {"b": 1.0}
    for _ in range(40):
        deep, whole = {"a": deep, "b": "1"}, {"a": whole, "b": 1.0}
    began = time.process_time()
    assert outcome({**parameters, "required": ["missing"]}, {"n": deep})
    assert outcome(parameters, {"n": whole})
    assert time.process_time() - began < 1.5


def garbled(value: Json, chance: Random) -> Json:
    """The value as a careless client writes it: numbers with a point, values as texts, some of them twice over."""
    if isinstance(value, dict):
        value = {name: garbled(one, chance) for name, one in value.items()}
    elif isinstance(value, list):
        value = [garbled(one, chance) for one in value]
    elif type(value) is int and chance.random() < 0.5:
        value = float(value)
    for _ in range(2):
        if chance.random() < 0.15:
            value = json.dumps(value)
    return value


IS_INTEGER = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
PYTHONS_INTEGERS = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=IS_INTEGER)  # type: ignore[no-untyped-call]


def unfolded(value: Json) -> Json:
    """With every text that holds JSON read, as often as that goes."""
    if isinstance(value, str):
        try:
            return unfolded(loads(value))
        except InputRefused:
            return value
    if isinstance(value, dict):
        return {name: unfolded(one) for name, one in value.items()}
    return [unfolded(one) for one in value] if isinstance(value, list) else value


def without_defaults(schema: Json) -> Json:
    text = json.dumps(schema).replace('"default"', '"x-default"')
    return json.loads(text)


@settings(max_examples=examples(300))
@given(st.integers(0, 2**32))
def test_whatever_the_schema_what_a_tool_gets_fits_it_and_says_what_came(seed: int) -> None:
    chance = Random(seed)
    parameters = without_defaults(Author(chance).parameters())
    validator = compile_schema(parameters)
    properties = parameters.get("properties", {})
    plain = {name: written(part, parameters, chance, 6) for name, part in properties.items()}
    arguments = garbled(plain, chance) if chance.random() < 0.8 else plain
    if not isinstance(arguments, dict):
        return
    before = copy.deepcopy(arguments)
    taken = outcome(parameters, arguments)
    if isinstance(taken, list):
        assert taken == refusal(parameters, arguments, lossless=False)
        return
    assert dump_sorted(arguments) == dump_sorted(before)
    assert validator.accepts(taken.given)
    # The judge asserts no formats, follows a reference that leads nowhere for ever, and to it 1.0 *is not* an integer.
    if not any(f'"{keyword}"' in json.dumps(parameters) for keyword in ("if", "not", "format", "$ref")):
        assert PYTHONS_INTEGERS(parameters).is_valid(taken.given)
    if validator.accepts(taken.came):
        assert taken.given == taken.came  # to Python 1.0 equals 1
    assert unfolded(taken.given) == unfolded(taken.came)
    again = take(parameters, taken.given)
    assert (dump_sorted(again.given), again.coerced) == (dump_sorted(taken.given), ())
    assert taken.coerced == list_changed_places(taken.came, taken.given)
    for pointer in taken.coerced:
        was, now = taken.came, taken.given
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            was, now = (one[int(name)] if isinstance(one, list) else one[name] for one in (was, now))
        assert dump_sorted(was) != dump_sorted(now)
        assert isinstance(was, str | float)
