"""What is said of a run's end quotes, cut short, what a tool gave: never a part of a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry.executions.execution_outcome import describe_end
from registry.jsonschemas import Validator, compile_schema
from registry.secrets import REDACTED, Redactor
from runner import Failure, Outcome

# Longer than what any message quotes.
VALUE = "".join(f"{number:05x}" for number in range(700_000, 700_060))
PART = VALUE[:10]
NUMBER = "9" + "12345678" * 6


def outcome(result: str | None = None, **changes: Any) -> Outcome:
    ends: dict[str, Any] = {"failure": None, "stdout": "", "stderr": "", "truncated": False} | changes
    status: Any = "failed" if ends["failure"] else "success"
    return Outcome(status, None if result is None else result.encode(), duration_ms=1.0, queue_ms=1.0, **ends)


def strict(**rules: Any) -> Validator:
    return compile_schema({"type": "object", "properties": {"a": rules}, "additionalProperties": False})


@pytest.mark.parametrize(
    ("result", "returns"),
    [
        (f'{{"{VALUE}": 1, "{VALUE}": 2}}', None),
        (f'{{"a": {NUMBER}1e999}}', None),
        (f'{{"a": "{VALUE}"}}', strict(pattern="^x")),
        (f'{{"a": "x{VALUE}"}}', strict(enum=["y"])),
        (f'{{"{VALUE}": 1}}', strict()),
        (f'{{"a": {NUMBER}}}', strict(maximum=5)),
    ],
)
def test_a_refused_result_is_quoted_without_any_part_of_a_value(result: str, returns: Validator | None) -> None:
    end = describe_end(outcome(result), returns, Redactor([VALUE, NUMBER]))
    assert (end["status"], end["error"]["kind"]) == ("failed", "invalid_result")
    assert PART not in json.dumps(end)
    assert NUMBER[:10] not in json.dumps(end)
    unhidden = json.dumps(describe_end(outcome(result), returns, Redactor()))
    assert PART in unhidden or NUMBER[:10] in unhidden, "or this proves nothing"


def test_an_error_that_the_sandbox_cut_shows_no_half_of_a_value() -> None:
    message = ("x" * 4050 + VALUE)[:4096]
    details = {"type": "ValueError", "message": message, "traceback": VALUE[-40:] + "y" * 32_728, "line": 3}
    failure = Failure("script_error", f"ValueError: {message}", details)
    error = describe_end(outcome(failure=failure), None, Redactor([VALUE]))["error"]
    assert error["kind"] == "script_error"
    assert PART not in json.dumps(error)
    assert VALUE[-10:] not in json.dumps(error)
    assert error["details"]["line"] == 3


def test_a_log_that_was_cut_ends_before_a_value_that_begins_there() -> None:
    cut = outcome("1", stdout=f"key {VALUE[:30]}", truncated=True)
    assert describe_end(cut, None, Redactor([VALUE]))["stdout"] == f"key {REDACTED}"


def test_what_is_valid_is_still_valid_after_its_secret_is_hidden() -> None:
    end = describe_end(outcome(f'{{"a": "{VALUE}"}}'), strict(minLength=300), Redactor([VALUE]))
    assert (end["status"], end["result"], end["error"]) == ("success", {"a": REDACTED}, None)
