"""``schemas/tool.schema.json`` serves the check, editors (as draft-07), and people who hover over a field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import jsonschema
import yaml

from registry import jsonschemas
from registry.manifest import load_tool_schema
from registry.manifest.yaml.strict_reader import read_yaml
from registry.model import Manifest, Runtime


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}/{name}", field
        yield from fields(field, f"{path}/{name}")


def test_it_is_valid_as_2020_12_and_as_draft_07() -> None:
    assert jsonschemas.check_schema(load_tool_schema()) == ()
    jsonschema.Draft7Validator.check_schema(load_tool_schema())


def test_both_drafts_judge_a_manifest_alike() -> None:
    manifest = {"name": "a", "description": "b", "parameters": {"type": "object"}}
    for value in (manifest, {**manifest, "zzz": 1}, {**manifest, "examples": [{"name": "x"}]}, {}):
        strict = jsonschemas.compile_schema(load_tool_schema()).accepts(value)
        assert strict == jsonschema.Draft7Validator(load_tool_schema()).is_valid(value)


def test_every_field_teaches() -> None:
    schema = load_tool_schema()
    found = [*fields(schema), *fields(schema["$defs"]["example"], "/examples")]

    assert len(found) > 25
    assert [path for path, field in found if not field.get("description")] == []


def test_the_schema_and_the_frozen_values_know_the_same_fields() -> None:
    properties = load_tool_schema()["properties"]

    assert set(properties) == {field.name for field in dataclasses.fields(Manifest)}
    assert set(properties["runtime"]["properties"]) == {field.name for field in dataclasses.fields(Runtime)}


def test_defaults_are_said_once_and_alike() -> None:
    runtime = load_tool_schema()["properties"]["runtime"]["properties"]
    said = {name: field["default"] for name, field in runtime.items() if "default" in field}

    assert said == {name: getattr(Runtime(), name) for name in said}
    assert set(said) == {"timeout_seconds", "memory_mb", "network"}
    assert load_tool_schema()["properties"]["status"]["default"] == Manifest("a", "A").status


def test_what_is_refused_here_the_plain_loader_takes() -> None:
    """Each refusal is ours: PyYAML's own safe loader lets these through."""
    surprising = ["a: 1\na: 2\n", "a: &x [1]\nb: *x\n", "a: {<<: {b: 1}}\n", "1: a\n", "a: .nan\n", "a: !!str 1\n"]
    for text in surprising:
        assert yaml.load(text, Loader=yaml.CSafeLoader)
        assert read_yaml("tool.yaml", text.encode()).findings


def test_scalars_are_those_of_yaml_1_2_where_the_plain_loader_reads_1_1() -> None:
    text = "[no, on, 1:30, 010, 2024-01-02, 1_000, 0o10, 1e3]"

    assert read_yaml("tool.yaml", text.encode()).value == ["no", "on", "1:30", 10, "2024-01-02", "1_000", 8, 1000.0]
    assert yaml.load(text, Loader=yaml.CSafeLoader)[:4] == [False, True, 90, 8]
