"""What is said of a run's end quotes, cut short, what a tool gave: never a part of a secret."""

from __future__ import annotations

import base64
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


def ended(text: str, entry: Any, returns: Validator | None = None, values: tuple[str, ...] = ()) -> dict[str, Any]:
    end = describe_end(outcome(text), returns, Redactor(values), entry)
    assert (end["status"], end["result"], end["error"]["kind"]) == ("failed", None, "invalid_result")
    return end


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        (
            "connecting\n[1]\n",
            "The last line alone is JSON; a script's standard output is its result: print everything",
        ),
        ("connecting\n7\n", "The last line alone is JSON"),
        ('1 of 2\n2 of 2\n{\n  "a": [1]\n}\n', "The last 3 lines alone are JSON"),
        ("done\n", "A script's standard output is its result"),
        ("{'a': 1}\n", "or define main(**arguments) and return the result."),
        ("x" * 70_000 + "\n{}\n", "The last line alone is JSON"),
    ],
)
def test_a_script_that_prints_more_than_its_result_is_told_how_to_mend_it(printed: str, says: str) -> None:
    end = ended(printed, "script")
    assert says in end["error"]["message"]
    assert end["error"]["message"].startswith("the result is not JSON: Not valid JSON at line 1, column")
    shown = end["stdout"]
    assert shown == printed if len(printed) < 65_536 else shown.startswith("xxx") and shown.endswith("xxx\n{}\n")
    assert end["truncated"] == (shown != printed)
    assert "details" not in end["error"]


def test_a_misfit_has_every_fault_and_what_was_returned_or_printed() -> None:
    returns = compile_schema(
        {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}
    )
    text = '{"a": "x", "b": 1}'
    end = ended(text, "function", returns)
    assert [one["pointer"] for one in end["error"]["details"]["errors"]] == ["", "/a"]
    assert (end["error"]["details"]["returned"], end["stdout"]) == (text, "")
    end = ended(text, "script", returns)
    assert [one["pointer"] for one in end["error"]["details"]["errors"]] == ["", "/a"]
    assert (end["error"]["details"].get("returned"), end["stdout"], end["log_bytes"]) == (None, text, len(text))


def test_evidence_is_cut_in_its_middle_and_is_never_long() -> None:
    end = ended("[" + "1," * 400_000 + "2]", "function", strict())
    returned = end["error"]["details"]["returned"]
    assert len(returned) < 4_100
    assert (returned[:5], returned[-5:]) == ("[1,1,", "1,1,2]"[-5:])
    assert "… 796003 characters …" in returned


@pytest.mark.parametrize("entry", ["function", "script"])
@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"key": VALUE}),
        json.dumps({"key": VALUE}).replace("0", "\\u0030"),
        json.dumps(json.dumps(json.dumps({"key": VALUE + '"'}))),
        f"the key is {VALUE}",
        "x" * 3_990 + VALUE + "y" * 100_000,
        "x" * 49_100 + VALUE + "y" * 100_000,
        "y" * 100_000 + VALUE + "x" * 16_380,
    ],
)
def test_evidence_holds_no_part_of_a_secret(text: str, entry: str) -> None:
    end = json.dumps(ended(text, entry, strict(), (VALUE,)))
    assert PART not in end
    assert VALUE[-10:] not in end


def test_a_picture_that_is_none_is_evidence_without_its_bytes() -> None:
    block = {
        "type": "image",
        "mime": "no type",
        "base64": base64.b64encode(f"x{VALUE}".encode()).decode(),
        "name": VALUE,
    }
    end = ended(json.dumps({"$content": [block]}), "function", None, (VALUE,))
    [shown] = json.loads(end["error"]["details"]["returned"])["$content"]
    assert shown == {**block, "name": REDACTED, "base64": f"… {len(block['base64'])} characters …"}
    assert end["error"]["details"]["errors"]
