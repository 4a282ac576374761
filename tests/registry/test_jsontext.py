"""The strict JSON reader refuses with a place, and raises nothing else."""

from __future__ import annotations

import contextlib
import json
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import json_text
from registry.errors import InputRefused

REFUSED = {
    "invalid utf-8": (b'{"a":\n "\xff"}', "line 2, column 3"),
    "byte order mark": (b"\xef\xbb\xbf{}", "byte order mark"),
    "nan": (b'{"NaN": "NaN",\n"b": NaN}', "line 2, column 6: NaN"),
    "infinity": (b"[1, -Infinity]", "line 1, column 5: -Infinity"),
    "too large a float": (b"[1,1e999]", "line 1, column 4"),
    "duplicate key": (b'{"a": {"b": 1},\n "a": 2}', 'line 2, column 2: the key "a" appears twice'),
    "duplicate key in another spelling": (b'{"a":1,"\\u0061":2}', "line 1, column 8"),
    "too deep": (b"[" * 65 + b"]" * 65, "line 1, column 65"),
    "far too deep": (b'{"a":' * 200_000, "deeper than 64"),
    "far too deep after a string of brackets": (b'["\\"[[[", ' + b"[" * 100_000, "deeper than 64"),
    "a long integer": (b"[" + b"9" * 5_000 + b"]", "line 1, column 2: an integer has more than 4300 digits"),
    "a long negative integer": (b"-" + b"9" * 5_000, "4300 digits"),
    "a lone surrogate": (b'["ok",\n"\\uD83D"]', "line 2, column 2"),
    "a lone surrogate in a key": (b'{"\\udc00": 1}', "line 1, column 3"),
    "garbage after": (b"{} x", "line 1, column 4"),
    "two documents": (b"{}{}", "line 1, column 3"),
    "nothing": (b"", "line 1, column 1"),
    "blank": (b" \n ", "line 2"),
    "single quotes": (b"{'a': 1}", "line 1, column 2"),
    "an open string": (b'{"a": "b', "line 1, column 7"),
    "a raw newline in a string": (b'"a\nb"', "line 1, column 3"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_it_refuses_and_says_where(data: bytes, said: str) -> None:
    with pytest.raises(InputRefused) as refused:
        json_text.loads(data)

    assert said in str(refused.value)
    assert [fault.code for fault in refused.value.faults] == ["json"]


def test_python_itself_would_let_through_what_is_refused_here() -> None:
    assert json.loads(b'{"a": 1, "a": 2}') == {"a": 2}
    assert json.loads(b"[NaN]") != []
    with pytest.raises(RecursionError):
        json.loads(b"[" * 200_000)


def test_depth_is_counted_outside_strings_only() -> None:
    assert json_text.loads(b'["' + b"[" * 1_000 + b'"]') == ["[" * 1_000]
    assert json_text.loads(b"[[],[],[]]", max_depth=2) == [[], [], []]
    assert json_text.loads(b"[" * 64 + b"]" * 64) is not None
    wide = b"[" + b",".join([b"[1]"] * 1_000) + b"]"
    assert len(json_text.loads(wide)) == 1_000


def test_a_surrogate_pair_is_one_character() -> None:
    assert json_text.loads(rb'"\ud83d\ude00"') == "😀"


def test_text_with_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputRefused, match="line 1, column 2"):
        json_text.loads('"\ud800"')


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_input_raises_anything_but_a_refusal(data: bytes | str) -> None:
    with contextlib.suppress(InputRefused):
        assert json_text.loads(data) == json.loads(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert json_text.loads(json_text.dumps(value)) == value


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}, "\ud800", {1, 2}, object()])
def test_what_json_cannot_say_is_not_written(value: Any) -> None:
    with pytest.raises(InputRefused):
        json_text.dumps(value)


def test_writing_is_compact_utf8() -> None:
    assert json_text.dumps({"ä": [1, None]}) == '{"ä":[1,null]}'.encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" + "{}," * 349_000 + "1]", None),
        ("[" + '"[",' * 200_000 + "[]]", None),
        ("[" + "[]," * 340_000 + "[" * 70 + "]" * 70 + "]", "column 1020065: it is nested deeper than 64 levels"),
        ("[" + "1," * 500_000 + '{"a":1,"a":2}]', 'Not valid JSON: the key "a" appears twice'),
        ("[" + '"a",' * 200_000 + '"\\ud83d"]', "the lone surrogate"),
        ('"' + "[" * 70 + '\\"' * 500_000, "Unterminated string"),
        ('"' + "[" * 70 + '\\"' * 500_000 + "\\", "Unterminated string"),
    ],
    ids=[
        "brackets",
        "brackets in strings",
        "deep at the end",
        "a key twice at the end",
        "a surrogate at the end",
        "a string that never ends",
        "a string that ends in an escape",
    ],
)
def test_reading_takes_a_few_steps_for_each_character_whatever_they_are(text: str, said: str | None) -> None:
    data, started = text.encode(), time.thread_time()
    if said is None:
        assert json_text.loads(data) == json.loads(data)
    else:
        with pytest.raises(InputRefused, match=re.escape(said)):
            json_text.loads(data)
    assert time.thread_time() - started < 1.0


@pytest.mark.parametrize("text", ['{"a": "[', "[[[", ']]]"', '["\\"[", {"]": 1}]', '"\\\\" [[[[', '[{"a": ["}"]}, []]'])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_depth_is_counted_outside_strings_also_in_broken_text(text: str, depth: int) -> None:
    """What a count character by character says, up to the first string that does not end."""
    deepest = level = 0
    inside = escaped = False
    for character in text:
        if inside:
            inside, escaped = character != '"' or escaped, character == "\\" and not escaped
        else:
            inside = character == '"'
            level += (character in "[{") - (character in "]}")
            deepest = max(deepest, level)
    with contextlib.suppress(InputRefused):
        json_text.loads(text, max_depth=depth)
        assert deepest <= depth
    if deepest > depth:
        with pytest.raises(InputRefused, match=f"nested deeper than {depth} levels"):
            json_text.loads(text, max_depth=depth)
