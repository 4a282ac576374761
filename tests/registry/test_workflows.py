"""Workflows, actions and issue forms are what GitHub's published schemas say, ours and what is written for others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pull_requests import ROOT, new_registry

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
FORMS = sorted(set((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) - {ROOT / ".github/ISSUE_TEMPLATE/config.yml"})


def judged(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """What check-jsonschema says with a schema that it brings along, so that nothing is fetched."""
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", f"vendor.{schema}"]
    return subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", ACTIONS),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [ROOT / ".github/ISSUE_TEMPLATE/config.yml"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_ours_are_valid(schema: str, files: list[Path]) -> None:
    assert files
    done = judged(schema, *files)
    assert done.returncode == 0, done.stdout


def test_the_workflow_of_a_new_repository_is_valid(tmp_path: Path) -> None:
    done = judged("github-workflows", new_registry(tmp_path).path / ".github/workflows/tools.yml")
    assert done.returncode == 0, done.stdout


def of_jobs(**changes: Any) -> Any:
    """Our workflow for repositories of tools, with other keys in its job."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/check-tools.yml").read_text())
    workflow["on"] = workflow.pop(True)  # YAML 1.1 takes the key for a boolean
    workflow["jobs"]["check"] |= changes
    return workflow


@pytest.mark.parametrize(
    "broken",
    [
        of_jobs(permissions={"contents": "reed"}),
        of_jobs(steps=[{"name": "neither uses nor run", "env": []}]),
        of_jobs(runs_on="ubuntu-24.04"),
        {"name": "no jobs", "on": "push"},
    ],
    ids=["permission", "step", "key", "jobs"],
)
def test_a_broken_workflow_is_refused(tmp_path: Path, broken: Any) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(yaml.safe_dump(broken))
    assert judged("github-workflows", file).returncode == 1


def test_a_broken_action_and_a_broken_form_are_refused(tmp_path: Path) -> None:
    for schema, known in (("github-actions", ACTIONS[0]), ("github-issue-forms", FORMS[0])):
        file = tmp_path / known.name
        content = yaml.safe_load(known.read_text())
        content["description"] = 5
        file.write_text(yaml.safe_dump(content))
        assert judged(schema, file).returncode == 1


@pytest.mark.parametrize(
    "file", [*WORKFLOWS, *ACTIONS, ROOT / "registry/cli/new_repository/files/workflow.yml"], ids=lambda file: file.name
)
def test_no_script_lets_python_import_what_lies_in_the_checkout(file: Path) -> None:
    assert "python3 -m" not in file.read_text(), "python3 -I -m, or a module of that name in a branch is run"
