"""The default message of a commit says what changed, in one short line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.edits.commit_message import describe_change
from registry.manifest.changing.amendment import merge_patch

BEFORE: dict[str, Any] = {
    "name": "dns_lookup",
    "description": "Resolves",
    "tags": ["dns"],
    "parameters": {"type": "object", "properties": {"host": {"type": "string"}}, "required": ["host"]},
    "runtime": {"timeout_seconds": 10, "network": True},
}


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"runtime": {"timeout_seconds": 20}}, "raise timeout to 20 s"),
        ({"runtime": {"timeout_seconds": 5}}, "lower timeout to 5 s"),
        ({"runtime": {"timeout_seconds": None}}, "remove timeout"),
        ({"runtime": {"memory_mb": 512}}, "set memory to 512 MiB"),
        ({"runtime": {"network": False}}, "turn network off"),
        ({"runtime": {"dependencies": ["httpx>=1"]}}, "add dependency httpx>=1"),
        ({"runtime": None}, "remove timeout, remove network"),
        ({"tags": ["dns", "network"]}, "add tag network"),
        ({"tags": ["dns", "network", "udp"]}, "add tags network, udp"),
        ({"tags": ["x"]}, "change tags"),
        ({"tags": None}, "remove tag dns"),
        ({"description": "x"}, "change description"),
        ({"title": "x"}, "add title"),
        ({"category": "network/dns"}, "set category to network/dns"),
        ({"status": "disabled"}, "deactivate"),
        ({"status": "active"}, "activate"),
        ({"name": "resolve"}, "rename to resolve"),
        ({"parameters": {"properties": {"family": {"type": "string"}}}}, "add parameter family"),
        ({"parameters": {"properties": {"host": {"type": "object"}}}}, "change parameter host"),
        ({"parameters": {"required": []}}, "change required parameters"),
        ({"parameters": {"additionalProperties": False}}, "change parameters"),
        ({"tags": None, "title": "x"}, "remove tag dns, add title"),
        ({"owner": "a\nb: c\x1b"}, "set owner to a?b: c?"),
        (
            {"tags": ["a"], "title": "x", "description": "y", "category": "network/dns"},
            "change 4 things: change description, change tags, …",
        ),
        ({}, "change nothing"),
    ],
)
def test_what_changed_in_the_manifest_is_said(patch: Any, message: str) -> None:
    assert describe_change(BEFORE, merge_patch(BEFORE, patch)) == f"dns_lookup: {message}"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"changed": {"main.py"}}, "change main.py"),
        ({"changed": {"main.py", "tool.yaml"}, "added": {"data.csv"}}, "add data.csv, change main.py"),
        ({"removed": {"d", "c", "b", "a"}}, "remove 4 files"),
        ({"changed": {"tool.yaml"}}, "change tool.yaml"),
    ],
)
def test_what_changed_in_other_files_is_said(files: Any, message: str) -> None:
    assert describe_change(BEFORE, BEFORE, **files) == f"dns_lookup: {message}"


def test_a_tool_that_comes_or_goes_is_said() -> None:
    assert describe_change(None, BEFORE) == "dns_lookup: add the tool"
    assert describe_change(BEFORE, None) == "dns_lookup: remove the tool"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=30), inner, max_size=4),
    max_leaves=6,
)
FIELDS = st.sampled_from([*BEFORE, "status", "owner", "returns", "timeout_seconds", "network", "zzz\n"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FIELDS, VALUES), st.dictionaries(FIELDS, VALUES), st.sets(st.text(max_size=90)))
def test_a_message_is_one_line_that_fits_whatever_the_values(before: Any, after: Any, paths: set[str]) -> None:
    for name in ("a", "a" * 64):
        message = describe_change(before, after, name=name, changed=paths)

        assert message.startswith(f"{name}: ")
        assert len(message) <= 72
        assert message.isprintable()
        assert message == describe_change(dict(before), dict(after), name=name, changed=sorted(paths))
