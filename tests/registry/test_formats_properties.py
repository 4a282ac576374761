"""Formats over tools made by chance: nothing crashes, the providers' rules are kept, and so is the author's meaning."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from registry.formats import FORMATS, compile_tool
from registry.http.contract.body_shapes import get_validator
from registry.jsonschemas import compile_schema, drop_absent_nulls, is_recursive, resolve_reference, walk_subschemas
from registry.model import Tool
from tests.format_rules import author_without_told, broken_rules
from tests.made_tools import made_tool, written
from tests.properties import examples

Json = Any
PARAMETERS: dict[str, tuple[str, ...]] = {
    "openai": ("function", "parameters"),
    "openai-responses": ("parameters",),
    "anthropic": ("input_schema",),
    "gemini": ("parametersJsonSchema",),
    "mcp": ("inputSchema",),
}
STRICT = [name for name, one in FORMATS.items() if one.has_strict]
chances = st.integers(min_value=0, max_value=2**32).map(Random)
relaxed = settings(max_examples=examples(250), suppress_health_check=list(HealthCheck))


def made(chance: Random) -> Tool:
    tool = made_tool(chance)
    assume(tool is not None)
    assert tool is not None
    return tool


def parameters_of(name: str, definition: Json) -> Json:
    for key in PARAMETERS[name]:
        definition = definition[key]
    return definition


def forms(tool: Tool) -> Iterator[tuple[str, bool, Json]]:
    """Every definition that is sent of a tool."""
    for name, one in FORMATS.items():
        for strict in (False, True) if one.has_strict else (False,):
            compiled = compile_tool(tool, name, strict=strict)
            if compiled.text is not None:
                yield name, compiled.strict, compiled.definition


@relaxed
@given(chances)
def test_what_is_sent_keeps_the_providers_rules_and_our_shapes(chance: Random) -> None:
    tool = made(chance)
    for name, strict, definition in forms(tool):
        assert get_validator("ModelTool").faults(definition) == (), name
        assert broken_rules(name, definition, strict=strict) == [], name


@relaxed
@given(chances)
def test_every_reason_points_at_something_that_is_there(chance: Random) -> None:
    tool = made(chance)
    manifest: Json = {"parameters": tool.manifest.parameters, "returns": tool.manifest.returns, "examples": [{}] * 50}
    manifest["description"] = tool.manifest.description
    for name, one in FORMATS.items():
        for strict in (False, True) if one.has_strict else (False,):
            for reason in compile_tool(tool, name, strict=strict).reasons:
                target = resolve_reference(manifest, "#" + reason.pointer.replace("%", "%25"))
                assert target is not None or reason.pointer.endswith(("/default", "/const")), reason
                word = reason.message.removeprefix("not strict: ").split(" ")[0].rstrip(":")
                if word in {"allOf", "not", "const", "maxLength", "default", "oneOf", "patternProperties"}:
                    assert reason.pointer.endswith("/" + word), reason


@relaxed
@given(chances)
def test_without_strict_the_meaning_is_the_authors(chance: Random) -> None:
    tool = made(chance)
    author = compile_schema(dict(tool.manifest.parameters))
    sent = [(name, parameters_of(name, one)) for name, strict, one in forms(tool) if not strict]
    if not any(schema["properties"] for _, schema in sent):
        sent = [(name, schema) for name, schema in sent if name != "mcp"]  # there it is closed, and says so
    judges = [(name, schema, compile_schema(schema)) for name, schema in sent]
    for _ in range(10):
        value = written(tool.manifest.parameters, tool.manifest.parameters, chance, 6)
        for name, schema, judge in judges:
            assert judge.accepts(value) == author.accepts(value), (name, schema, value)


@pytest.mark.parametrize("name", STRICT)
@relaxed
@given(chances)
def test_what_fits_the_strict_form_fits_the_authors_without_nulls(name: str, chance: Random) -> None:
    tool = made(chance)
    compiled = compile_tool(tool, name, strict=True)
    assume(compiled.strict)
    strict = parameters_of(name, compiled.definition)
    expected = author_without_told(tool, compiled.reasons)
    judge, author = compile_schema(strict), compile_schema(expected)
    for _ in range(20):
        value = written(strict, strict, chance, 12)
        if judge.accepts(value):
            given_back = drop_absent_nulls(value, expected)
            assert author.faults(given_back) == (), (value, given_back, strict, expected)


@relaxed
@given(chances)
def test_only_what_refers_to_itself_is_left_out_for_its_references(chance: Random) -> None:
    tool = made(chance)
    recursive = is_recursive(tool.manifest.parameters)
    for name in FORMATS:
        reasons = compile_tool(tool, name).reasons
        told = any("leads back to itself" in one.message and one.pointer.startswith("/parameters") for one in reasons)
        assert told == (recursive and name != "mcp")
    assert compile_tool(tool, "mcp").text is not None


def test_enough_of_what_is_made_reaches_every_form() -> None:
    tools = [tool for seed in range(330) if (tool := made_tool(Random(seed)))]
    assert len(tools) > 200
    found = [(name, strict) for tool in tools for name, strict, _ in forms(tool)]
    for name in FORMATS:
        assert found.count((name, False)) > 100, name
    for name in STRICT:
        assert found.count((name, True)) > 50, name
    assert sum("$ref" in str(dict(tool.manifest.parameters)) for tool in tools) > 40
    assert any(node for tool in tools for _, node in walk_subschemas(tool.manifest.parameters) if "allOf" in node)
