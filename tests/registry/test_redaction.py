"""Nothing that any part of a schema marks writeOnly is on record."""

from __future__ import annotations

import json

from registry.executions.argument_redaction import redact_write_only
from registry.secrets import REDACTED

SECRET = {"type": "string", "writeOnly": True}


def test_a_secret_is_found_wherever_the_schema_says_so() -> None:
    schema = {
        "$defs": {"secret": SECRET, "node": {"properties": {"below": {"$ref": "#/$defs/node"}, "key": SECRET}}},
        "properties": {
            "plain": SECRET,
            "reference": {"$ref": "#/$defs/secret"},
            "alternative": {"anyOf": [SECRET, {"type": "null"}]},
            "first": {"prefixItems": [SECRET], "items": {"type": "string"}},
            "each": {"items": SECRET},
            "more": {"additionalProperties": SECRET},
            "tree": {"$ref": "#/$defs/node"},
            "whole": {"type": "object", "writeOnly": True},
        },
        "patternProperties": {"_token$": SECRET},
        "if": {"properties": {"when": SECRET}},
        "allOf": [{"properties": {"both": SECRET}}],
    }
    value = {
        "plain": "S1",
        "reference": "S2",
        "alternative": "S3",
        "first": ["S4", "shown"],
        "each": ["S5", "S6"],
        "more": {"any": "S7"},
        "tree": {"below": {"below": {"key": "S8"}}, "other": "shown"},
        "whole": {"inner": "S9"},
        "my_token": "S10",
        "when": "S11",
        "both": "S12",
        "open": "shown",
    }
    found = redact_write_only(value, schema)
    text = json.dumps(found)
    assert '"S' not in text
    assert text.count(REDACTED) == 12
    assert (found["open"], found["first"][1], found["tree"]["other"]) == ("shown", "shown", "shown")


def test_without_a_mark_the_value_is_as_it_was() -> None:
    value = {"a": [1, {"b": None}], "c": "text"}
    assert redact_write_only(value, {"properties": {"a": {"items": True}}}) == value
    assert redact_write_only(value, True) == value


def test_a_secret_is_found_in_the_json_text_that_holds_it() -> None:
    login = {"type": "object", "properties": {"user": {"type": "string"}, "password": SECRET}}
    schema = {"type": "object", "properties": {"login": login, "each": {"type": "array", "items": login}, "any": {}}}
    inner = json.dumps({"user": "ada", "password": "S1"})
    value = {"login": json.dumps(inner), "each": [inner, {"password": "S2"}], "any": inner}
    found = redact_write_only(value, schema)
    assert json.loads(json.dumps(found["each"]))[0] == '{"user":"ada","password":"[redacted]"}'
    assert "S1" not in found["login"]
    assert "ada" in found["login"]
    assert found["each"][1] == {"password": REDACTED}
    assert found["any"] == inner, "the schema calls nothing secret there"


def test_a_text_that_nearly_is_the_json_of_something_secret_is_hidden() -> None:
    schema = {"properties": {"login": {"properties": {"password": SECRET}}}}
    assert redact_write_only({"login": '{"password": "S1",}'}, schema) == {"login": REDACTED}
    assert redact_write_only({"login": '{"user": "ada"}'}, schema) == {"login": '{"user": "ada"}'}
    assert redact_write_only({"login": "none"}, schema) == {"login": "none"}
