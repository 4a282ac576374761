"""The canonical tool.yaml: it says exactly what it was made from, to every reader, and reads well."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry.errors import InputRefused
from registry.manifest import check_folder, write_canonical
from registry.manifest.changing.canonical_writer import SCHEMA_LINE, are_same_value
from registry.manifest.yaml.strict_reader import read_yaml
from registry.model import File, Folder
from tests.properties import examples

TOOLS = Path(__file__).parents[2] / "tools"
PIECES = st.sampled_from(
    [
        *[" ", "  ", "\t", "\n", "\r", "\x85", "\u2028", "\ufeff", "\x00", "\x7f", "\u200b", "\U000e0041", "\ufffe"],
        *":#-?,[]{}'\"\\.~!&*%@`|>=",
        *[": ", " #", "- ", "---", "...", "<<", "a", "b c", " word" * 20, "no", "1:30", "010", "0x1", "1e3", "é", "😀"],
    ]
)
TEXTS = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.lists(PIECES, max_size=12).map("".join)
    | st.text(st.sampled_from("0123456789.:-_eE+xob"), max_size=8)
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=20
)
FIELDS = TEXTS | st.sampled_from(["name", "description", "examples", "runtime", "parameters", "annotations"])
MANIFESTS = st.dictionaries(FIELDS, VALUES, max_size=6)


def value_of(data: bytes) -> Any:
    document = read_yaml("tool.yaml", data)
    assert document.findings == ()
    return document.value


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])
@given(MANIFESTS)
@example({"": ["0?"], "k" * 3000: {"l" * 3000: {"m" * 2000: 1}}})
@example({"a": {"b": ["x" * 200, "y " * 200, "\n\nz\n\n\n", "  z\ny"]}, "big": 10**4200, "small": -1e-300})
def test_any_object_is_read_back_exactly_by_every_reader(manifest: dict[str, Any]) -> None:
    text = write_canonical(manifest)

    assert are_same_value(value_of(text), manifest)
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        assert yaml.load(text, Loader=loader) == manifest


AMBIGUOUS = [
    *["no", "Yes", "ON", "y", "N", "~", "null", "Null", "TRUE", "", "=", "<<", "-.inf", ".NaN"],
    *["1:30", "010", "0o10", "0x1F", "0b1", "1e3", "1_000", ".5", "+1", "2026-01-02", "2026-01-02T10:00:00Z"],
    *[" pad", "pad ", "a: b", "a #b", "#a", "- a", "-", "? a", "*a", "&a", "!a", "%a", "@a", "`a", "[a", "{a", "a:"],
    *[
        "'a",
        '"a',
        "|",
        ">",
        "---",
        "...",
        "a\tb",
        "a\u0085b",
        "a\u2028b",
        "a\u2029b",
        "\ufeffa",
        "\x1b[31m",
        "\u202eabc",
    ],
]


@pytest.mark.parametrize("text", AMBIGUOUS, ids=ascii)
def test_what_another_reader_could_take_for_something_else_is_quoted(text: str) -> None:
    for manifest in ({"title": text}, {"tags": [text]}, {text: 1}):
        line = write_canonical(manifest).decode().splitlines()[1]
        assert {'"', "'"} & set(line)


@pytest.mark.parametrize(
    "text",
    [
        "alpha",
        "127.0.0.1",
        "dnspython>=2.6",
        "https://example.org/?a=b#c",
        "a-b",
        "--verbose",
        "é",
        "😀",
        "it's",
        "v1.2.3",
    ],
)
def test_what_nobody_can_mistake_is_not_quoted(text: str) -> None:
    assert write_canonical({"title": text}).decode().splitlines()[1] == f"title: {text}"


def test_fields_come_in_the_order_of_the_schema_and_read_well() -> None:
    manifest = {
        "runtime": {"network": True, "dependencies": ["dnspython>=2.6"], "timeout_seconds": 10},
        "examples": [{"result": {"addresses": ["127.0.0.1"]}, "arguments": {"host": "localhost"}, "name": "loopback"}],
        "annotations": {"open_world": True, "read_only": True},
        "parameters": {
            "type": "object",
            "properties": {"host": {"type": "string", "description": "Host name to resolve", "maxLength": 253}},
            "required": ["host"],
        },
        "tags": ["dns", "network"],
        "metadata": {"script": "set -e\nprintf '%s\\n' \"$1\" | sort\nexit 0\n", "empty": {}},
        "description": "Resolves a host name to its addresses. Use it first when a service cannot be reached by name.",
        "title": "DNS lookup",
        "name": "dns_lookup",
    }

    assert (
        write_canonical(manifest).decode()
        == """\
# yaml-language-server: $schema=../../schemas/tool.schema.json
name: dns_lookup
title: DNS lookup
description: >-
  Resolves a host name to its addresses. Use it first when a service cannot be reached by name.
tags: [dns, network]
parameters:
  type: object
  properties:
    host: {type: string, description: Host name to resolve, maxLength: 253}
  required: [host]
annotations: {read_only: true, open_world: true}
examples:
  - name: loopback
    arguments: {host: localhost}
    result: {addresses: [127.0.0.1]}
runtime:
  timeout_seconds: 10
  network: true
  dependencies: [dnspython>=2.6]
metadata:
  script: |
    set -e
    printf '%s\\n' "$1" | sort
    exit 0
  empty: {}
"""
    )


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in sorted(TOOLS.iterdir()) if path.name[0] != "_"]
)
def test_each_shipped_tool_written_canonically_is_the_same_tool(path: Path) -> None:
    data, main = (path / "tool.yaml").read_bytes(), (path / "main.py").read_bytes()
    text = write_canonical(value_of(data))

    found = []
    for one in (data, text):
        contents = {"tool.yaml": one, "main.py": main}
        files = tuple(File(name, "regular", 1, "0" * 40) for name in contents)
        checked = check_folder(Folder(path.name, "0" * 40, files, contents))
        found.append(replace(checked, dependencies_at=("", 0, 0), shared_at={}))  # on which lines they stand may differ

    assert found[0] == found[1]
    assert text.decode().startswith(SCHEMA_LINE + "\n")
    assert write_canonical(json.loads(json.dumps(value_of(text)))) == text


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


def test_32_levels_are_written_and_more_are_refused() -> None:
    assert are_same_value(value_of(write_canonical(deep(16))), deep(16))
    for levels in (17, 40, 5000):
        with pytest.raises(InputRefused):
            write_canonical(deep(levels))


@pytest.mark.parametrize(
    "value",
    ["\ud800", float("inf"), float("nan"), "x" * 65_536, 10**4400, object()],
    ids=["surrogate", "inf", "nan", "large", "integer", "object"],
)
def test_what_no_manifest_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(InputRefused):
        write_canonical({"metadata": value})
