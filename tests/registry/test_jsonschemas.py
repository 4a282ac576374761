"""The door to JSON Schema: local, linear, bounded, and clear about faults."""

from __future__ import annotations

import copy
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import jsonschemas
from registry.errors import InputRefused
from tests.waiting import patience


@contextmanager
def counting_server() -> Iterator[tuple[str, list[str]]]:
    """A loopback server that answers every request with a valid schema and remembers it."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"type": "string"}')

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/schema", seen
        finally:
            server.shutdown()
            thread.join()


KEYWORDS = ["$ref", "$dynamicRef", "$recursiveRef", "$schema", "$id"]


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_no_remote_reference_is_fetched(keyword: str) -> None:
    with counting_server() as (address, seen):
        faults = jsonschemas.check_schema({"properties": {"a": {keyword: address}}})

    assert seen == []
    assert [fault.pointer for fault in faults] == [f"/properties/a/{keyword}"]


def test_the_engine_alone_would_fetch() -> None:
    """The defence is ours: without the retriever the request of the test above arrives."""
    with counting_server() as (address, seen):
        jsonschema_rs.Draft202012Validator({"properties": {"a": {"$ref": address}}})

    assert seen == ["/schema"]


def test_the_retriever_refuses_references_that_the_check_cannot_see() -> None:
    """Inside an unknown keyword nobody looks for references, until something points there."""
    with counting_server() as (address, seen):
        schema = {"x-hidden": {"properties": {"a": {"$ref": address}}}, "$ref": "#/x-hidden"}
        faults = jsonschemas.check_schema(schema)

    assert seen == []
    assert faults


def test_no_file_is_opened(tmp_path: Path) -> None:
    planted = tmp_path / "planted.json"
    planted.write_text('{"type": "string"}')
    schema = {"$ref": planted.as_uri()}

    assert [fault.code for fault in jsonschemas.check_schema(schema)] == ["ref-remote"]
    assert jsonschema_rs.Draft202012Validator(schema).is_valid("read from the file")  # the engine alone would


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(", "(?:a{1000}){1000}"])
def test_a_pattern_beyond_linear_time_is_a_fault(pattern: str) -> None:
    schema = {"properties": {"a": {"pattern": pattern}, "b": {"patternProperties": {pattern: {}}}}}

    found = {(fault.pointer.split("/")[2], fault.code) for fault in jsonschemas.check_schema(schema)}

    assert found == {("a", "pattern"), ("b", "pattern")}


def test_a_pattern_that_backtracks_elsewhere_ends_at_once() -> None:
    validator = jsonschemas.compile_schema({"pattern": "^(a+)+$"})
    started = time.monotonic()

    assert validator.faults("a" * 100_000 + "!")
    assert time.monotonic() - started < patience(2)


def test_a_reference_bomb_is_a_fault_also_behind_recursion() -> None:
    definitions: dict[str, Any] = {"a0": {"type": "string"}, "loop": {"$ref": "#/$defs/loop"}}
    for level in range(1, 31):
        definitions[f"a{level}"] = {"allOf": [{"$ref": f"#/$defs/a{level - 1}"}] * 2}
    schema = {"$defs": definitions, "allOf": [{"$ref": "#/$defs/loop"}, {"$ref": "#/$defs/a30"}]}
    started = time.monotonic()

    assert [fault.code for fault in jsonschemas.check_schema(schema)] == ["ref-bomb"]
    with pytest.raises(jsonschemas.SchemaTooLarge):
        jsonschemas.inline_refs({"$defs": definitions, "$ref": "#/$defs/a30"})
    assert time.monotonic() - started < patience(5)


def test_ten_thousand_properties_are_checked_and_explained_in_time() -> None:
    properties = {f"p{number}": {"type": "string", "description": "One of many"} for number in range(10_000)}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    started = time.monotonic()

    assert jsonschemas.check_schema(schema) == ()
    assert len(jsonschemas.compile_schema(schema).faults({f"x{n}": 1 for n in range(10_000)})) == 1
    assert len(jsonschemas.compile_schema(schema).faults({f"p{n}": 1 for n in range(10_000)})) == jsonschemas.MAX_FAULTS
    assert time.monotonic() - started < patience(10)


def test_recursion_is_valid_named_and_not_inlined() -> None:
    node: dict[str, Any] = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}
    schema = {"$defs": {"node": node}, "properties": {"first": {"$ref": "#/$defs/node"}}}

    assert jsonschemas.check_schema(schema) == ()
    assert jsonschemas.is_recursive(schema)
    with pytest.raises(jsonschemas.RecursiveSchema, match="#/\\$defs/node"):
        jsonschemas.inline_refs(schema)
    assert [f.pointer for f in jsonschemas.compile_schema(schema).faults({"first": {"next": {"next": 1}}})] == [
        "/first/next/next"
    ]


def test_every_fault_of_a_schema_comes_with_its_pointer() -> None:
    schema = {
        "type": "objekt",
        "properties": {"a": {"minLength": -1}, "b~/": {"$ref": "#/$defs/none"}, "c": 3},
        "required": "a",
    }

    found = {(fault.pointer, fault.code) for fault in jsonschemas.check_schema(schema)}

    assert found == {
        ("/type", "type"),
        ("/properties/a/minLength", "minimum"),
        ("/properties/b~0~1/$ref", "ref-missing"),
        ("/properties/c", "type"),
        ("/required", "type"),
    }


def test_data_that_looks_like_a_reference_is_data() -> None:
    schema = {
        "const": {"$ref": "http://127.0.0.1:9/"},
        "properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}},
    }
    assert jsonschemas.check_schema(schema) == ()
    assert jsonschemas.inline_refs(schema) == schema


def test_every_fault_of_an_instance_comes_in_plain_words() -> None:
    validator = jsonschemas.compile_schema(
        {
            "type": "object",
            "properties": {"count": {"type": "integer"}, "mode": {"enum": ["a", "b"]}, "host": {"maxLength": 3}},
            "required": ["host"],
            "additionalProperties": False,
        }
    )

    faults = validator.faults({"conut": 1, "count": "many", "mode": "c"})

    assert {(f.pointer, f.code) for f in faults} == {
        ("", "required"),
        ("", "additionalProperties"),
        ("/count", "type"),
        ("/mode", "enum"),
    }
    assert [f.pointer for f in faults] == sorted(f.pointer for f in faults)
    said = " ".join(fault.message for fault in faults)
    assert '"host" is missing' in said
    assert '"conut" (did you mean "count"?)' in said
    assert "an integer, not a string" in said
    assert '"c" is not one of "a", "b"' in said


def test_messages_never_echo_huge_values() -> None:
    schema = {"properties": {"a": {"type": "integer"}, "b": {"pattern": "^x$"}, "c": {"enum": ["k" * 5_000]}}}
    huge = "v" * 100_000

    for fault in jsonschemas.compile_schema(schema).faults({"a": huge, "b": huge, "c": huge}):
        assert len(fault.message) <= 200


@pytest.mark.parametrize("value", ["\ud800", {1: 2}, ["\ud800"]])
def test_values_that_are_no_json_are_faults_not_exceptions(value: Any) -> None:
    assert jsonschemas.compile_schema({"type": "integer"}).faults(value)


def test_a_deep_value_is_a_fault_and_no_crash_of_the_process() -> None:
    value: Any = {}
    for _ in range(100_000):
        value = {"a": value}

    assert [f.code for f in jsonschemas.compile_schema({"properties": {"a": {"$ref": "#"}}}).faults(value)] == ["depth"]


def test_compiling_a_faulty_schema_is_refused_with_its_faults() -> None:
    with pytest.raises(InputRefused) as refused:
        jsonschemas.compile_schema({"type": "strin"})
    assert [fault.pointer for fault in refused.value.faults] == ["/type"]


def test_defaults_fill_absent_properties_only_and_change_nothing() -> None:
    schema = {
        "properties": {
            "a": {"default": [1]},
            "b": {"properties": {"c": {"default": 2}, "d": {"type": "string"}}},
            "e": {"$ref": "#/$defs/e"},
            "f": {"anyOf": [{"properties": {"g": {"default": 1}}}]},
        },
        "$defs": {"e": {"default": "ref"}},
    }
    given_value: dict[str, Any] = {"b": {"d": "x"}, "f": {}}
    before = copy.deepcopy(given_value)

    filled = jsonschemas.fill_defaults(schema, given_value)
    filled["a"].append(2)

    assert filled == {"a": [1, 2], "b": {"c": 2, "d": "x"}, "e": "ref", "f": {}}
    assert given_value == before
    assert jsonschemas.fill_defaults(schema, {"a": None})["a"] is None
    assert jsonschemas.fill_defaults(schema, {})["a"] == [1]


def test_inlining_keeps_what_stands_beside_a_reference() -> None:
    schema = {
        "$defs": {"host": {"type": "string", "description": "A host"}},
        "properties": {
            "a": {"$ref": "#/$defs/host", "description": "The first"},
            "b": {"$ref": "#/$defs/host", "maxLength": 3},
        },
    }

    assert jsonschemas.inline_refs(schema) == {
        "properties": {
            "a": {"type": "string", "description": "The first"},
            "b": {"maxLength": 3, "allOf": [{"type": "string", "description": "A host"}]},
        }
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "$ref", "properties", "items", "pattern", "$defs", "anyOf", "minimum", "default", "$id", "x"]
            ),
            inner | st.sampled_from(["#", "#/$defs/x", "object", "(", "http://127.0.0.1:9/"]),
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(json_values, json_values)
def test_no_schema_and_no_instance_raises(schema: Any, instance: Any) -> None:
    if jsonschemas.check_schema(schema):
        return
    jsonschemas.compile_schema(schema).faults(instance)
    jsonschemas.fill_defaults(schema, instance)
    try:
        inlined = jsonschemas.inline_refs(schema)
    except (jsonschemas.RecursiveSchema, jsonschemas.SchemaTooLarge, LookupError):
        return
    assert not jsonschemas.has_references(inlined)


def test_a_part_that_leads_back_to_itself_can_be_asked_for() -> None:
    node = {"type": "object", "required": ["k"], "properties": {"below": {"$ref": "#/$defs/node", "default": {}}}}
    schema = {"type": "object", "properties": {"node": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    part = jsonschemas.Parts(schema).at(("$defs", "node", "properties", "below"))
    assert [fault.code for fault in part.faults({})] == ["required"]
    assert part.faults({"k": 1, "below": {"k": 2}}) == ()
