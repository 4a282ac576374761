"""Every folder under ``tests/manifests`` is a case: its tool files beside an ``expected.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from registry.gitrepo import select_checked_paths
from registry.manifest import check_folder
from registry.model import File, Folder

CASES = Path(__file__).parents[1] / "manifests"
EXPECTED = "expected.json"


def folder_at(path: Path) -> Folder:
    """The folder as the catalog would hand it over, without the case's ``expected.json``."""
    found = {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name != EXPECTED and file.parent.name != "__pycache__"
    }
    files = tuple(File(name, "regular", len(data), "0" * 40) for name, data in found.items())
    read = select_checked_paths({name: len(data) for name, data in found.items()})
    return Folder(path.name, "0" * 40, files, {name: data for name, data in found.items() if name in read})


def cases(kind: str) -> list[Any]:
    return [pytest.param(path, id=path.name) for path in sorted((CASES / kind).iterdir())]


@pytest.mark.parametrize("path", cases("invalid"))
def test_every_finding_of_an_invalid_folder_comes_at_its_place(path: Path) -> None:
    checked = check_folder(folder_at(path))

    found = [[f.file, f.line, f.column, f.severity, f.code] for f in checked.findings]
    assert found == json.loads((path / EXPECTED).read_text())
    assert found


@pytest.mark.parametrize("path", cases("valid"))
def test_a_valid_folder_has_no_finding_and_reads_as_expected(path: Path) -> None:
    checked = check_folder(folder_at(path))

    assert checked.findings == ()
    expected = json.loads((path / EXPECTED).read_text())
    assert {
        "entry": checked.entry,
        "whole_object": checked.whole_object,
        "imports": list(checked.imports),
        "dependencies": list(checked.manifest.runtime.dependencies),
        "metadata": checked.manifest.metadata,
    } == expected


def test_there_are_cases_of_both_kinds() -> None:
    assert len(cases("invalid")) >= 40
    assert len(cases("valid")) >= 8
