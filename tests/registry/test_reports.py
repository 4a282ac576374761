"""Findings written for GitHub, SARIF and JSON readers: nothing of a hostile folder escapes its field."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from registry.checks.finding_reports import (
    LocatedFinding,
    format_excerpt,
    format_github_line,
    format_text_line,
    report_json,
    report_sarif,
)
from registry.model import Finding

HOSTILE = st.text(alphabet=st.sampled_from("a%:,\r\n\x1b\u202e;\"'\\é😀 "), max_size=20)
FINDING = Finding("tool.yaml", 3, 7, "error", "bad-value", "Say 50%: this, that\nand more.")


def located(path: str, message: str) -> LocatedFinding:
    return LocatedFinding(path, Finding("tool.yaml", 3, 7, "warning", "code", message))


def test_a_github_annotation_is_escaped_as_the_runner_undoes_it() -> None:
    line = format_github_line(LocatedFinding("tools/a,b:c/tool.yaml", FINDING))
    assert line == (
        "::error file=tools/a%2Cb%3Ac/tool.yaml,line=3,col=7,title=bad-value::Say 50%25: this, that%0Aand more."
    )


@given(HOSTILE, HOSTILE)
def test_no_path_and_no_message_begins_a_second_command_or_moves_the_cursor(path: str, message: str) -> None:
    for line in (format_github_line(located(path, message)), format_text_line(located(path, message))):
        assert line.isprintable()
    properties = format_github_line(located(path, message)).split("::")[1]
    assert re.fullmatch(r"warning file=[^,:]*,line=3,col=7,title=code", properties)


@given(HOSTILE, HOSTILE)
def test_json_and_sarif_carry_every_text_as_it_is(path: str, message: str) -> None:
    found = [located(path, message)]
    told = json.loads(report_json(found, {"tools": 1, "packages": 0, "toolsets": 0}))
    assert told == {
        "tools": 1, "packages": 0, "toolsets": 0, "errors": 0, "warnings": 1,
        "findings": [
            {"path": path, "line": 3, "column": 7, "severity": "warning", "code": "code", "message": message}
        ],
    }  # fmt: skip
    [run] = json.loads(report_sarif(found, "1"))["runs"]
    assert run["results"][0]["message"]["text"] == message
    assert " " not in run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_sarif_names_each_rule_once_and_points_to_it() -> None:
    found = [LocatedFinding("a", FINDING), located("b", "x"), LocatedFinding("c", FINDING)]
    [run] = json.loads(report_sarif(found, "1"))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["bad-value", "code"]
    assert [rules[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]


def test_an_excerpt_shows_the_line_with_a_caret_below_the_column() -> None:
    assert format_excerpt(["", "", "\tname: 'x'"], FINDING) == ["  3 |  name: 'x'", "    |       ^"]
    assert format_excerpt(["one line"], FINDING) == []
    long = format_excerpt(["", "", "x" * 500], Finding("f", 3, 400, "error", "c", "m"))
    assert all(len(line) < 120 for line in long)
    assert long[1].index("^") == long[0].index("x") + 60
