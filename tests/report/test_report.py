"""The report tells held from broke, by its table and by its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.report.__main__ import main
from tests.report.case import Case, NotTriedError, Options
from tests.report.known_cases import CASES


def hold(options: Options) -> str:
    assert list(options.folder.iterdir()) == []
    return f"seen for {options.mixed_seconds:g} s"


def break_down(options: Options) -> str:
    raise AssertionError("it fell\nover")


def lack(options: Options) -> str:
    raise NotTriedError("there is no moon")


THREE = (Case("holds", "one", hold), Case("breaks", "two", break_down), Case("lacks", "three", lack))


def test_one_case_that_broke_fails_the_report_and_hides_no_other(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["--json", str(tmp_path / "outcomes.json")], THREE) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["held", "holds"], ["broke", "breaks"], ["not", "tried"]]
    assert "two: AssertionError: it fell over" in lines[2]
    assert lines[4] == "1 held, 1 broke, 1 not tried"
    outcomes = json.loads((tmp_path / "outcomes.json").read_text())
    assert [outcome["verdict"] for outcome in outcomes] == ["held", "broke", "not tried"]


def test_cases_are_named_alone_and_what_held_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lacks", "holds", "--long"], THREE) == 0
    printed = capsys.readouterr().out
    assert "seen for 300 s" in printed
    assert "breaks" not in printed


def test_an_unknown_name_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["hold"], THREE)
    assert ended.value.code == 2
    assert "unknown: hold; there are holds, breaks, lacks" in capsys.readouterr().err


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
