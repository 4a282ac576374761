"""Expressions that begin with look-ahead are understood exactly, in linear time; any other look-around is refused."""

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import jsonschemas
from registry.jsonschemas.look_ahead import split_look_ahead
from tests.properties import examples
from tests.registry.test_formats import strictly, tool
from tests.waiting import patience

DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"  # pydantic's, for Decimal


@pytest.mark.parametrize(
    ("text", "fits"),
    [("12.5", True), ("-0.1", True), ("+", False), (".", False), ("", False), ("1e5", False), ("1\n", False)],
)
def test_pydantics_decimal_is_understood_wherever_it_stands(text: str, fits: bool) -> None:
    number: dict[str, Any] = {"type": "string", "pattern": DECIMAL}
    either, referring = {"anyOf": [{"type": "null"}, number]}, {"$ref": "#/$defs/n", "$defs": {"n": number}}
    places: list[dict[str, Any]] = [number, {"items": number}, either, referring]
    for schema in places:
        value = [text] if "items" in schema else text
        assert jsonschemas.check_schema(schema) == ()
        assert jsonschemas.compile_schema(schema).accepts(value) is fits
    if not fits:
        [fault] = jsonschemas.compile_schema(number).faults(text)
        assert (fault.code, DECIMAL in fault.message) == ("pattern", True)
    named = jsonschemas.compile_schema({"patternProperties": {DECIMAL: False}})
    assert named.accepts({text: 1}) is not fits


@given(
    st.sampled_from(
        [DECIMAL, r"^(?=.*a)(?!.*bb)[ab]*c?$", r"^(?!a+$)(?!b)[abc]{1,4}$", r"^(?=[^-]*-)(?!-)(?:a|b|-)+$"]
    ),
    st.text(alphabet="abc-+.01 \n", max_size=8),
)
@settings(max_examples=examples(300), deadline=None)
def test_it_means_what_it_means_to_python(pattern: str, text: str) -> None:
    assert jsonschemas.compile_schema({"pattern": pattern}).accepts(text) is bool(
        re.search(pattern.replace("$", r"\Z"), text)
    )


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(?=.*a).*", r"^(?!a)b|c", r"^(?!a(?!b))c", r"^a(?=b)", r"^(?!a)b(?!c)", r"(?<!a)b", r"(?i)^(?!a)b"),
        *(r"^(?!a", r"^(?!a))", r"^(a)\1$", r"^(?!a)(b)\1", r"^(?!(a)\1)b", r"^(?=", r"^(?!\p{Nope})a"),
    ],
)
def test_any_other_look_around_and_back_references_are_refused(pattern: str) -> None:
    assert split_look_ahead(pattern) is None
    [fault] = jsonschemas.check_schema({"properties": {"a": {"pattern": pattern}, "b": {"pattern": DECIMAL}}})
    assert (fault.pointer, fault.code) == ("/properties/a/pattern", "pattern")


def test_another_fault_beside_it_does_not_make_it_one() -> None:
    [fault] = jsonschemas.check_schema({"type": "nope", "pattern": DECIMAL})
    assert fault.pointer == "/type"


@pytest.mark.parametrize(
    "pattern",
    [DECIMAL, r"^(?=(a+)+b)(?!(a|aa)+c)(a*)*(a*)*$", r"^(?!x)(a|aa)+$", r"^(?=.*b)(?=.*c).*d$", r"^(?!b)a?(a?a)+$"],
)
def test_no_text_takes_long(pattern: str) -> None:
    validator = jsonschemas.compile_schema({"pattern": pattern})
    started = time.process_time()
    for character in "a1":
        assert not validator.accepts(character * 500_000 + "!")
    assert time.process_time() - started < patience(1)


def test_a_strict_definition_says_it_in_words_because_no_provider_takes_it() -> None:
    schema, compiled = strictly(
        tool({"a": {"type": "string", "description": "A.", "pattern": DECIMAL}}, parameters={"required": ["a"]})
    )
    assert "pattern" not in schema["properties"]["a"]
    assert b"regular expression" in (compiled.text or b"")
