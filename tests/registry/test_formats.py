"""What each format makes of a tool, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from registry.formats import FORMATS, Compiled, compile_tool
from registry.formats.compatibility import judge_compatibility, report_compatibility
from registry.model import Tool
from tests.made_tools import tool_of

Json = Any
TEXT = {"type": "string", "description": "Some text."}
CLOSED = {"type": "object", "properties": {"x": TEXT}, "additionalProperties": False}
RECURSIVE = {"node": {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}


def tool(properties: Json = None, /, main: str = "def main(**named):\n    return named\n", **manifest: Json) -> Tool:
    parameters = {"type": "object", "properties": properties or {}, **manifest.pop("parameters", {})}
    named = {"name": "sample", "title": "Sample", "description": "A tool that is a sample of something, and says so."}
    made = tool_of({**named, "parameters": parameters, **manifest}, main)
    assert made is not None
    return made


def strictly(made: Tool, name: str = "openai") -> tuple[Json, Compiled]:
    """The strict parameters of a tool that has a strict form."""
    compiled = compile_tool(made, name, strict=True)
    assert compiled.strict, compiled.reasons
    definition = compiled.definition
    return (definition["function"]["parameters"] if name == "openai" else definition["input_schema"]), compiled


def why_not(made: Tool, name: str = "openai") -> list[tuple[str, str]]:
    """Why a tool is sent without strict."""
    compiled = compile_tool(made, name, strict=True)
    assert compiled.text is not None
    assert not compiled.strict
    return [
        (reason.pointer, reason.message.removeprefix("not strict: "))
        for reason in compiled.reasons
        if reason.message.startswith("not strict: ")
    ]


def test_each_format_has_its_own_envelope_and_members() -> None:
    made = tool({"text": TEXT}, annotations={"read_only": True, "open_world": False}, returns={"type": "object"})
    sent = {name: compile_tool(made, name).definition for name in FORMATS}
    assert sent["openai"].keys() == {"type", "function"}
    assert list(sent["openai"]["function"]) == ["name", "description", "parameters", "strict"]
    assert list(sent["openai-responses"]) == ["type", "name", "description", "parameters", "strict", "output_schema"]
    assert list(sent["anthropic"]) == ["name", "description", "input_schema"]
    assert list(sent["gemini"]) == ["name", "description", "parametersJsonSchema", "responseJsonSchema"]
    assert list(sent["mcp"]) == ["name", "title", "description", "inputSchema", "outputSchema", "annotations"]
    assert sent["mcp"]["annotations"] == {"title": "Sample", "readOnlyHint": True, "openWorldHint": False}
    assert FORMATS["gemini"].envelope([b"{}", b"{}"]) == b'{"functionDeclarations":[{},{}]}'


@pytest.mark.parametrize("name", list(FORMATS))
def test_type_properties_and_required_are_always_there(name: str) -> None:
    definition = compile_tool(tool(), name).definition
    schema = definition.get("function", definition)
    [parameters] = [schema[key] for key in schema if key.lower().replace("_", "").startswith(("param", "inputsch"))]
    assert list(parameters)[:3] == ["type", "properties", "required"]


def test_a_tool_without_arguments_is_closed_for_mcp_and_in_strict_forms() -> None:
    made = tool(main="def main():\n    return 1\n")
    closed = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    assert compile_tool(made, "mcp").definition["inputSchema"] == closed
    assert strictly(made)[0] == closed


@pytest.mark.parametrize(
    "main", ["def main(**values):\n    return values\n", "def main(arguments):\n    return arguments\n"]
)
def test_a_tool_that_takes_any_argument_is_told_as_open_in_every_format(main: str) -> None:
    made = tool(main=main)
    for name in FORMATS:
        for strict in (False, True):
            compiled = compile_tool(made, name, strict=strict)
            definition = compiled.definition.get("function", compiled.definition)
            keys = definition.keys() & {"parameters", "input_schema", "parametersJsonSchema", "inputSchema"}
            assert [definition[key].get("additionalProperties") for key in keys] == [True], name
            assert not compiled.strict
    assert why_not(made)[0][0] == "/parameters"
    named = tool({"a": TEXT}, main=main)
    assert "additionalProperties" not in compile_tool(named, "mcp").definition["inputSchema"]
    closed = tool(main=main, parameters={"additionalProperties": False})
    assert compile_tool(closed, "mcp").definition["inputSchema"]["additionalProperties"] is False


def test_references_are_written_out_and_say_so_where_they_stood() -> None:
    made = tool({"a": {"$ref": "#/$defs/t"}}, parameters={"$defs": {"t": TEXT}, "$schema": _DIALECT, "$comment": "x"})
    for name in FORMATS:
        compiled = compile_tool(made, name)
        assert b"$" not in (compiled.text or b"$")
        assert [reason.pointer for reason in compiled.reasons] == ["/parameters/properties/a/$ref"]
        assert compiled.verdict == "changed"


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def test_what_refers_to_itself_goes_only_where_references_go() -> None:
    made = tool({"root": {"$ref": "#/$defs/node"}}, parameters={"$defs": RECURSIVE, "$schema": _DIALECT})
    for name in FORMATS:
        compiled = compile_tool(made, name)
        if name == "mcp":
            assert compiled.verdict == "ok"
            assert compiled.definition["inputSchema"]["$defs"] == RECURSIVE
            continue
        [reason] = compiled.reasons
        assert compiled.verdict == "excluded"
        assert reason.pointer.endswith("/$ref")
        assert "leads back to itself" in reason.message
    returning = tool(returns={"type": "object", "properties": {"n": {"$ref": "#/$defs/node"}}, "$defs": RECURSIVE})
    gemini = compile_tool(returning, "gemini")
    assert "responseJsonSchema" not in gemini.definition
    assert gemini.reasons[0].pointer.startswith("/returns/")


@pytest.mark.parametrize("keyword", ["enum", "const", "not"])
def test_openai_never_gets_what_it_refuses_at_the_root(keyword: str) -> None:
    value = {"enum": [{"text": "a"}], "const": {"text": "a"}, "not": {"required": ["text"]}}[keyword]
    made = tool({"text": TEXT}, parameters={keyword: value})
    for name in ("openai", "openai-responses"):
        compiled = compile_tool(made, name)
        assert compiled.verdict == "excluded"
        assert [reason.pointer for reason in compiled.reasons] == [f"/parameters/{keyword}"]
    assert compile_tool(made, "anthropic").verdict == "ok"


def test_arrays_say_what_their_items_are_where_that_is_demanded() -> None:
    made = tool({"a": {"type": ["string", "array"]}, "b": {"allOf": [{"type": "array"}]}})
    for name in ("openai", "openai-responses", "gemini"):
        compiled = compile_tool(made, name)
        assert (compiled.text or b"").count(b'"items":{}') == 2
        assert [one.pointer for one in compiled.reasons] == [
            "/parameters/properties/a",
            "/parameters/properties/b/allOf/0",
        ]
    assert compile_tool(made, "anthropic").verdict == "ok"
    looked_at = tool({"a": {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False}})
    assert compile_tool(looked_at, "openai").verdict == "excluded"


def test_strict_closes_requires_and_makes_nullable() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "integer", "minimum": 1}, "y": TEXT}, "required": ["x"]}
    listed = {"type": "string", "enum": ["a", "b"], "default": "a", "description": "Which"}
    strict, compiled = strictly(tool({"must": TEXT, "at": inner, "how": listed}, parameters={"required": ["must"]}))
    assert strict["required"] == ["must", "at", "how"]
    point, null = strict["properties"]["at"]["anyOf"]
    assert (point["required"], point["additionalProperties"], null) == (["x", "y"], False, {"type": "null"})
    assert point["properties"]["x"] == {"type": "integer", "minimum": 1}
    assert point["properties"]["y"]["type"] == ["string", "null"]
    assert strict["properties"]["how"] == {
        "anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}],
        "description": 'Which. Default: "a".',
    }
    told = {reason.pointer: reason.message for reason in compiled.reasons}
    assert told["/parameters/properties/how/default"] == "default is said in the description instead"
    anthropic = strictly(tool({"must": TEXT, "at": inner}, parameters={"required": ["must"]}), "anthropic")[0]
    assert anthropic["required"] == ["must"]
    assert anthropic["properties"]["at"]["properties"]["x"] == {"type": "integer", "description": "At least 1."}


def test_alternatives_that_exclude_one_another_need_no_more_words() -> None:
    def tagged(kind: str) -> Json:
        return {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}

    strict, compiled = strictly(tool({"a": {"oneOf": [tagged("x"), tagged("y"), {"type": "integer"}]}}))
    assert [branch["type"] for branch in strict["properties"]["a"]["anyOf"]] == ["object", "object", "integer", "null"]
    assert not any(reason.pointer.endswith("oneOf") for reason in compiled.reasons)
    strict, compiled = strictly(tool({"a": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}))
    assert strict["properties"]["a"]["description"] == "Exactly one of the alternatives must fit."
    assert any(reason.pointer == "/parameters/properties/a/oneOf" for reason in compiled.reasons)


def test_schemas_that_both_hold_are_written_as_one() -> None:
    more = {"properties": {"x": {"minLength": 2, "pattern": "^a"}}, "required": ["x"]}
    strict, compiled = strictly(tool({"a": {**CLOSED, "allOf": [more]}}, parameters={"required": ["a"]}))
    assert strict["properties"]["a"]["properties"]["x"]["pattern"] == "^a"
    assert strict["properties"]["a"]["required"] == ["x"]
    told = [reason.pointer for reason in compiled.reasons if "minLength" in reason.message]
    assert told == ["/parameters/properties/a/allOf/0/properties/x/minLength"]


def test_what_stands_beside_alternatives_goes_into_each() -> None:
    value = {
        "type": "object",
        "properties": {"x": TEXT, "y": TEXT},
        "anyOf": [{"required": ["x"]}, {"required": ["y"]}],
    }
    strict, _ = strictly(tool({"a": value}, parameters={"required": ["a"]}))
    first, second = strict["properties"]["a"]["anyOf"]
    assert first["properties"]["x"]["type"] == "string"
    assert first["properties"]["y"]["type"] == ["string", "null"]
    assert second["properties"]["x"]["type"] == ["string", "null"]


@pytest.mark.parametrize(
    ("value", "place", "says"),
    [
        ({"type": "object"}, "", "an object of any properties"),
        (
            {"type": "object", "properties": {"x": TEXT}, "additionalProperties": True},
            "/additionalProperties",
            "any name",
        ),
        ({"type": "object", "additionalProperties": TEXT}, "/additionalProperties", "any name"),
        ({"type": "object", "patternProperties": {"^x": TEXT}}, "/patternProperties", "patternProperties"),
        ({}, "", "a value of any type"),
        ({"type": "array"}, "", "items of any type"),
        ({"type": "string", "not": {"const": "x"}}, "/not", "not is not permitted"),
        ({"type": "string", "if": {"maxLength": 3}, "then": {"pattern": "a"}}, "/if", "if is not permitted"),
        (
            {"allOf": [{"type": "string", "pattern": "a"}, {"pattern": "b"}]},
            "/allOf",
            "cannot be written as one (pattern)",
        ),
        ({"allOf": [CLOSED, {"properties": {"y": TEXT}}]}, "/allOf", "cannot be written as one (additionalProperties)"),
        ({"enum": [{"x": 1}]}, "/enum", "objects and arrays"),
        ({"type": "object", "required": ["x"], "additionalProperties": False}, "/required", "x is required"),
    ],
)
def test_what_cannot_be_strict_is_sent_without_and_says_why(value: Json, place: str, says: str) -> None:
    made = tool({"a": value})
    reasons = why_not(made)
    assert (f"/parameters/properties/a{place}") in [pointer for pointer, _ in reasons]
    assert any(says in message for _, message in reasons), reasons
    assert compile_tool(made, "openai", strict=True).definition["function"]["strict"] is False
    assert "strict" not in compile_tool(made, "anthropic", strict=True).definition


def test_a_definition_beyond_the_limits_is_not_strict() -> None:
    deep: Json = TEXT
    for _ in range(11):
        deep = {"type": "object", "properties": {"x": deep}}
    assert "12 levels" in why_not(tool({"a": deep}))[0][1]
    assert "1001 values" in why_not(tool({"a": {"enum": [str(number) for number in range(1001)]}}))[0][1]


def test_what_the_root_says_goes_into_the_tools_own_description_while_it_fits() -> None:
    made = tool({"a": TEXT, "b": TEXT}, parameters={"minProperties": 1})
    definition = compile_tool(made, "openai", strict=True).definition["function"]
    assert definition["description"].endswith("says so. At least 1 of the properties must be given.")
    long = tool({"a": TEXT}, parameters={"minProperties": 1}, description="x" * 1020)
    assert why_not(long) == [("/description", "what must be said in the description does not fit it")]


def test_anthropic_gets_examples_that_are_valid_as_they_are() -> None:
    examples: Json = [
        {"name": "one", "arguments": {"a": "x"}},
        {"name": "again", "arguments": {"a": "x"}, "matches": {}},
        {"name": "fails", "arguments": {"a": "y"}, "error": "script_error"},
        {"name": "relies", "arguments": {}},
    ]
    made = tool({"a": {**TEXT, "default": "z"}}, parameters={"required": ["a"]}, examples=examples)
    compiled = compile_tool(made, "anthropic")
    assert compiled.definition["input_examples"] == [{"a": "x"}]
    assert [reason.pointer for reason in compiled.reasons] == ["/examples/3"]
    many = [{"name": str(number), "arguments": {"a": str(number)}} for number in range(9)]
    assert len(compile_tool(tool({"a": TEXT}, examples=many), "anthropic").definition["input_examples"]) == 5


def test_a_folder_is_compiled_once() -> None:
    made = tool({"a": TEXT})
    assert compile_tool(made, "openai") is compile_tool(made, "openai")


def test_the_report_counts_what_the_tools_say() -> None:
    tools = [tool({"a": TEXT}), tool({"root": {"$ref": "#/$defs/node"}}, name="tree", parameters={"$defs": RECURSIVE})]
    said = report_compatibility(tools)
    assert said["formats"]["openai"] == {
        "ok": 1,
        "changed": 0,
        "excluded": 1,
        "strict": {"ok": 0, "changed": 1, "excluded": 1},
    }
    assert said["formats"]["mcp"] == {"ok": 2, "changed": 0, "excluded": 0, "strict": None}
    assert said["tools"][0] == {"name": "sample", "compatibility": judge_compatibility(tools[0])}


def test_what_a_required_list_lacks_is_told_of_that_list_alone() -> None:
    first: Json = {"properties": {"x": TEXT}, "required": ["x"]}
    second: Json = {"properties": {"y": TEXT}, "required": ["y", "ghost"]}
    made = tool({"a": {"type": "object", "allOf": [first, second]}})
    told = "the property ghost is required and described nowhere"
    assert why_not(made) == [("/parameters/properties/a/allOf/1/required", told)]
