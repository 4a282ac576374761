"""Amending a tool.yaml: it says exactly what it should, and every other line is what it was."""

from __future__ import annotations

import difflib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from registry.errors import InputRefused
from registry.manifest import amend_text, rename_in_text
from registry.manifest.changing.amendment import adapt_text, merge_patch
from registry.manifest.changing.canonical_writer import are_same_value
from registry.manifest.yaml.strict_reader import read_yaml
from tests.properties import examples
from tests.yaml_sources import STRINGS, Source, patches, sources

CASES = Path(__file__).parents[1] / "amend"
TOOLS = Path(__file__).parents[2] / "tools"
ANY = settings(max_examples=examples(200), suppress_health_check=[HealthCheck.too_slow])


def value_of(data: bytes) -> Any:
    document = read_yaml("tool.yaml", data)
    assert document.findings == ()
    return document.value


def readable(source: Source) -> Any:
    document = read_yaml("tool.yaml", source.text.encode())
    assume(not document.findings)
    return document.value


def lines_of(data: bytes) -> list[str]:
    return data.decode().splitlines(keepends=True)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in sorted(CASES.iterdir())])
def test_a_case_comes_out_byte_for_byte(path: Path) -> None:
    before = (path / "before.yaml").read_bytes()
    patch = json.loads((path / "patch.json").read_bytes())

    after = amend_text(before, patch)

    assert after.decode() == (path / "after.yaml").read_bytes().decode()
    assert are_same_value(value_of(after), merge_patch(value_of(before), patch))
    assert amend_text(after, patch) == after


def test_there_are_cases() -> None:
    assert len(list(CASES.iterdir())) >= 25


@given(st.data())
@ANY
def test_any_patch_of_any_text_reads_as_the_merged_value(data: st.DataObject) -> None:
    source = data.draw(sources())
    before = readable(source)
    patch = data.draw(patches(before))

    after = amend_text(source.text.encode(), patch)

    assert are_same_value(value_of(after), merge_patch(before, patch))
    assert amend_text(after, patch) == after


@given(st.data())
@ANY
def test_fields_that_a_patch_does_not_name_keep_every_byte_and_their_order(data: st.DataObject) -> None:
    source = data.draw(sources())
    before = readable(source)
    patch = data.draw(patches(before))
    others = [text for key, text in source.fields if key not in patch]
    assume(others)

    after = amend_text(source.text.encode(), patch).decode()

    position = 0
    for text in others:
        last = text == source.fields[-1][1]
        # The file's last line may have no end, and empty lines at its end stay at its end.
        kept = text if text in source.text and not last else text.rstrip("\r\n")
        found = after.find(kept, position)
        if found < 0 and last and not source.text.endswith("\n"):
            continue  # what the file's end cut off
        assert found >= 0, (kept, after)
        position = found + len(kept)


@given(st.data())
@ANY
def test_a_patch_of_one_scalar_leaves_every_other_line_as_it_was(data: st.DataObject) -> None:
    source = data.draw(sources())
    value = readable(source)
    root = yaml.compose(source.text, Loader=yaml.CSafeLoader)
    assert root is not None
    scalars = list(scalars_of(root, ()))
    assume(scalars)
    path, first, last = data.draw(st.sampled_from(scalars))
    new = data.draw(STRINGS | st.integers() | st.booleans())
    patch: Any = new
    for key in reversed(path):
        patch = {key: patch}
    assume(not are_same_value(merge_patch(value, patch), value))

    before, after = lines_of(source.text.encode()), lines_of(amend_text(source.text.encode(), patch))

    for kind, start, end, _, _ in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "insert":
            assert first < start <= last + 1
        elif kind != "equal":
            assert first <= start
            assert end <= last + 1


def scalars_of(node: yaml.Node, path: tuple[str, ...]) -> Any:
    """Every scalar that a merge patch can reach: its path, and the first and last of its lines, from 0."""
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            below = (*path, key.value)
            if isinstance(item, yaml.ScalarNode):
                last = item.end_mark.line - (1 if item.style in {"|", ">"} and item.end_mark.column == 0 else 0)
                yield below, key.start_mark.line, max(last, key.start_mark.line)
            else:
                yield from scalars_of(item, below)


@given(sources())
@ANY
def test_an_empty_patch_changes_no_byte(source: Source) -> None:
    readable(source)

    assert amend_text(source.text.encode(), {}) == source.text.encode()


@given(st.data())
@ANY
def test_a_text_takes_any_other_texts_value(data: st.DataObject) -> None:
    """``adapt_text`` goes from one whole value to another, keys with null among them, which no patch can say."""
    one, other = data.draw(sources()), data.draw(sources())
    readable(one)
    wanted = readable(other)

    assert are_same_value(value_of(adapt_text(one.text.encode(), wanted)), wanted)


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.name) for path in sorted(TOOLS.iterdir()) if path.name[0] != "_"]
)
def test_each_shipped_tool_changes_in_one_line_and_back(path: Path) -> None:
    before = (path / "tool.yaml").read_bytes()
    old = value_of(before)
    for patch in ({"name": "other"}, {"runtime": {"timeout_seconds": 29}}, {"title": "Other: title"}, {"tags": ["x"]}):
        back = {key: old[key] for key in patch}

        after = amend_text(before, patch)

        assert len([line for line in difflib.ndiff(lines_of(before), lines_of(after)) if line[0] in "+-"]) == 2
        assert value_of(amend_text(after, back)) == old


def test_a_new_name_changes_the_name_alone() -> None:
    text = b"# head\nname: old_name  # the folder's\ntitle: old_name\n"

    assert rename_in_text(text, "new_name") == b"# head\nname: new_name  # the folder's\ntitle: old_name\n"


@pytest.mark.parametrize("patch", [None, 1, "x", [], [{}]])
def test_a_patch_that_is_no_object_is_refused(patch: Any) -> None:
    with pytest.raises(InputRefused) as refused:
        amend_text(b"name: a\n", patch)

    assert [fault.code for fault in refused.value.faults] == ["type"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (b"name: a\nname: b\nx: &y 1\n", ["yaml-duplicate-key", "yaml-anchor"]),
        (b"name: [a\n", ["yaml-syntax"]),
        (b"", ["yaml-empty"]),
        (b"\xef\xbb\xbfname: a\n", ["yaml-bom"]),
        (b"name: \xff\n", ["yaml-not-utf8"]),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_every_finding(text: bytes, codes: list[str]) -> None:
    with pytest.raises(InputRefused) as refused:
        amend_text(text, {"title": "x"})

    assert [fault.code for fault in refused.value.faults] == codes


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "patch",
    [
        {"metadata": deep(40)},
        {"metadata": deep(200)},
        {"metadata": deep(5000)},
        {"description": "x" * 70_000},
        {"title": "\ud800"},
        {"title": float("nan")},
        {"title": 10**5000},
    ],
    ids=["40", "200", "5000", "large", "surrogate", "nan", "integer"],
)
def test_what_no_manifest_can_hold_is_refused(patch: Any) -> None:
    with pytest.raises(InputRefused):
        amend_text(b"name: a\n", patch)


@pytest.mark.parametrize(
    "text", [b"[a, b]\n", b"just text\n", b"{}\n", b"# head\n---\nnull\n", b"{name: a, title: b}\n"]
)
def test_a_root_that_is_no_block_mapping_is_merged_all_the_same(text: bytes) -> None:
    after = amend_text(text, {"name": "b", "runtime": {"network": False}})

    assert value_of(after) == merge_patch(value_of(text), {"name": "b", "runtime": {"network": False}})


@given(st.binary(max_size=80), st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=3))
@ANY
def test_no_bytes_and_no_patch_end_in_anything_but_a_text_or_a_refusal(text: bytes, patch: dict[str, str]) -> None:
    if read_yaml("tool.yaml", text).findings:
        with pytest.raises(InputRefused):
            amend_text(text, patch)
    else:
        assert are_same_value(value_of(amend_text(text, patch)), merge_patch(value_of(text), patch))


def test_a_text_made_to_be_hard_is_amended_within_seconds() -> None:
    """Each of many fields needs several attempts: a pair without braces in a list takes no second key."""
    text = b"".join(b"k%d: [p: q]\n" % number for number in range(2_500))
    patch = {f"k{number}": [{"p": "q", "r": 1}] for number in range(300)}
    started = time.thread_time()

    assert are_same_value(value_of(amend_text(text, patch)), merge_patch(value_of(text), patch))
    assert time.thread_time() - started < 15


def test_a_patch_that_can_only_be_too_large_is_refused_at_once() -> None:
    started = time.thread_time()
    with pytest.raises(InputRefused):
        amend_text(b"name: a\n", {"metadata": {str(number): None if number % 2 else [] for number in range(60_000)}})
    assert time.thread_time() - started < 5
