"""What a terminal shows of a failed execution: the tool's own lines, then what is behind them."""

from __future__ import annotations

import json
import traceback
from types import CodeType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.cli.execution_report import describe_failure, report_end, shorten_traceback

TOOL = """
import json

def read(text):
    return json.loads(text)

def main(text):
    try:
        return read(text)
    except ValueError as error:
        raise RuntimeError("cannot read\\n  File \\"/etc/x\\", line 1, in y") from error
"""


def _fail(source: str) -> str:
    """The traceback of calling main("{") in a module that stands, as in a sandbox, in /tool."""
    code: CodeType = compile(source, "/tool/main.py", "exec")
    module: dict[str, object] = {}
    exec(code, module)
    try:
        module["main"]("{")  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 -- whatever the text raises
        trace = error.__traceback__
        assert trace is not None
        return "".join(traceback.format_exception(type(error), error, trace.tb_next))
    raise AssertionError


def test_the_tools_own_frames_come_first_then_of_the_others_the_last_and_causes_after_their_effect() -> None:
    lines = shorten_traceback(_fail(TOOL))
    assert lines[0] == "  main.py, line 11, in main"
    cause = next(number for number, line in enumerate(lines) if line.startswith("caused by "))
    assert "JSONDecodeError: Expecting property name" in lines[cause]
    places = [line for line in lines[cause:] if line.startswith("  main.py")]
    assert places == ["  main.py, line 9, in main", "  main.py, line 5, in read"]
    assert lines[-1].startswith("  and 3 frames outside the tool, the last: json/decoder.py, line ")
    assert not any("^^^" in line for line in lines)


def test_what_is_no_traceback_is_shown_as_it_is() -> None:
    text = '  File "/tool/main.py", line 1\n    def\n       ^\nSyntaxError: invalid syntax\n'
    assert shorten_traceback(text) == ["  " + line for line in text.splitlines()]


PIECES = st.sampled_from(
    [
        "Traceback (most recent call last):",
        '  File "/tool/main.py", line 3, in main',
        '  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads',
        "    return 1",
        "    ^^^^^^^^",
        "ValueError: x",
        "",
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
        "  | ExceptionGroup: two (2 sub-exceptions)",
    ]
)


@given(st.lists(PIECES | st.text(max_size=20), max_size=30))
def test_no_text_of_a_tool_makes_the_report_fail_or_longer_than_it_is(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    assert len(shorten_traceback(text)) <= 2 * len(text.splitlines()) + 1
    assert json.dumps(shorten_traceback(text))


def test_a_result_that_is_none_is_shown_with_every_fault() -> None:
    faults = [
        {"pointer": "", "message": "Unknown property", "code": "x"},
        {"pointer": "/a", "message": "No", "code": "y"},
    ]
    details = {"errors": faults, "returned": '{"a": 1}'}
    failed = SimpleNamespace(
        tool="one", status="failed", error={"kind": "invalid_result", "message": "it is none", "details": details}
    )
    told = describe_failure(failed)  # type: ignore[arg-type]
    assert told.splitlines() == [
        "one did not succeed: it is none",
        "  /: Unknown property",
        "  /a: No",
        '  it returned: {"a": 1}',
    ]


def test_what_was_coerced_is_told_beside_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    ended = SimpleNamespace(success=True, result=3, content=None, coerced=("/a", ""))
    report_end(ended, as_json=False)  # type: ignore[arg-type]
    printed = capsys.readouterr()
    assert printed.out == "3\n"
    assert "arguments that reached the tool in another form: /a, the whole of them" in printed.err


def test_files_that_a_tool_left_are_named_beside_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = [
        {"type": "image", "mime": "image/png", "name": "a.png", "base64": "iVBORw0KGgo="},
        {"type": "text", "text": "b was left out: it is no regular file."},
    ]
    ended = SimpleNamespace(tool="t", success=True, result=[1], content=blocks, coerced=(), error=None)
    report_end(ended, as_json=False)  # type: ignore[arg-type]
    printed = capsys.readouterr()
    assert printed.out == "[1]\n"
    assert "it left a file: [a.png: image/png, 8 bytes]\n" in printed.err
    assert "b was left out" in printed.err


def test_what_a_tool_says_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = [{"type": "text", "text": "\x1b]0;title\x07one\ntwo"}]
    error = {"message": "\x1b[2J", "details": {"returned": "\x9b1m\r", "traceback": None}}
    for success in (True, False):
        ended = SimpleNamespace(tool="t", success=success, result=1, content=blocks, coerced=(), error=error)
        report_end(ended, as_json=False)  # type: ignore[arg-type]
    printed = capsys.readouterr().err
    assert r"\x1b]0;title\x07one" + "\ntwo" in printed
    assert r"\x1b[2J" in printed
    assert r"\x9b1m\r" in printed
    assert not any(mark in printed for mark in "\x1b\x07\x9b\r")
