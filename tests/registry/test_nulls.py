"""Nulls that stand for "not given" are dropped, and no others."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from registry.jsonschemas import drop_absent_nulls

Json = Any
TEXT = {"type": "string"}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x"]}


def taking(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": ["must"]}


@pytest.mark.parametrize(
    ("parameters", "arguments", "expected"),
    [
        (taking(a=TEXT), {"must": 1, "a": None}, {"must": 1}),
        (taking(must=TEXT), {"must": None}, {"must": None}),
        (taking(a={"type": ["string", "null"]}), {"a": None}, {"a": None}),
        (taking(a={"enum": [1, None]}), {"a": None}, {"a": None}),
        (taking(a={"anyOf": [TEXT, {"type": "null"}]}), {"a": None}, {"a": None}),
        (taking(a={}), {"a": None}, {"a": None}),
        (taking(a=True), {"a": None}, {"a": None}),
        (taking(a=TEXT), {"b": None}, {"b": None}),
        (taking(a=POINT), {"a": {"x": 1, "y": None}}, {"a": {"x": 1}}),
        (taking(a=POINT), {"a": {"x": None, "y": None}}, {"a": {"x": None}}),
        (taking(a={"type": "array", "items": POINT}), {"a": [{"x": 1, "y": None}, None]}, {"a": [{"x": 1}, None]}),
        (
            taking(a={"type": "array", "prefixItems": [POINT], "items": TEXT}),
            {"a": [{"x": 1, "y": None}, "b"]},
            {"a": [{"x": 1}, "b"]},
        ),
        (taking(a={"allOf": [POINT, {"required": ["y"]}]}), {"a": {"x": 1, "y": None}}, {"a": {"x": 1, "y": None}}),
        ({"$defs": {"p": POINT}, **taking(a={"$ref": "#/$defs/p"})}, {"a": {"x": 1, "y": None}}, {"a": {"x": 1}}),
        (
            taking(a={"anyOf": [TEXT, POINT]}),
            {"a": {"x": 1, "y": None}},
            {"a": {"x": 1}},
        ),
        (
            taking(a={**POINT, "required": [], "anyOf": [{"required": ["x"]}, {"required": ["y"]}]}),
            {"a": {"x": None, "y": 2}},
            {"a": {"y": 2}},
        ),
    ],
)
def test_nulls_of_what_is_optional_and_not_nullable_are_dropped(
    parameters: Json, arguments: Json, expected: Json
) -> None:
    given = copy.deepcopy(arguments)
    assert drop_absent_nulls(arguments, parameters) == expected
    assert arguments == given, "what was given is left as it was"


def test_of_alternatives_the_first_is_taken_under_which_the_value_is_valid() -> None:
    first = {"type": "object", "properties": {"kind": {"const": "a"}, "n": {"type": "null"}}, "required": ["kind", "n"]}
    second = {"type": "object", "properties": {"kind": {"const": "b"}, "n": {"type": "integer"}}, "required": ["kind"]}
    parameters = taking(shape={"oneOf": [first, second]})
    assert drop_absent_nulls({"shape": {"kind": "b", "n": None}}, parameters) == {"shape": {"kind": "b"}}
    assert drop_absent_nulls({"shape": {"kind": "a", "n": None}}, parameters) == {"shape": {"kind": "a", "n": None}}


def test_arguments_of_parameters_that_refer_to_themselves_stay_as_they_are() -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#"}, "name": TEXT}}
    assert drop_absent_nulls({"name": None}, tree) == {"name": None}
