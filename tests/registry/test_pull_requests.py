"""A pull request into a repository of tools: what the workflow's script says of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry.checks import branch_changes, disk_folders, folder_checks
from registry.gitrepo import Repository, read_folder
from registry.manifest import check_folder
from registry.model import Folder
from tests.pull_requests import GOOD, NEXT, ROOT, SCRIPT, add, new_registry, run, steps
from tests.repositories import Repo

pytestmark = pytest.mark.service


@pytest.fixture
def registry(tmp_path: Path) -> Repo:
    return new_registry(tmp_path)


def test_a_repository_the_reusable_workflow_and_the_action_run_the_same_script() -> None:
    reusable = steps(".github/workflows/check-tools.yml", "jobs", "check")
    action = steps(".github/actions/check-tools/action.yml", "runs")
    assert reusable["Check"]["run"] == action["Check"]["run"] == SCRIPT
    assert reusable["Install"]["run"] == action["Install"]["run"]
    assert (
        action["Install"]["run"]
        in steps("registry/cli/new_repository/files/workflow.yml", "jobs", "check")["Install"]["run"]
    )


def test_the_reusable_workflow_has_least_permissions_pinned_actions_and_no_secret() -> None:
    text = (ROOT / ".github/workflows/check-tools.yml").read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["check"]["permissions"] == {"contents": "read"}
    assert all(
        len(step["uses"].partition("@")[2]) == 40 for step in workflow["jobs"]["check"]["steps"] if "uses" in step
    )
    assert "secrets." not in text
    assert "pull_request_target" not in text
    for step in steps(".github/workflows/check-tools.yml", "jobs", "check").values():
        assert "${{" not in step["run"], "what comes from outside goes through the environment, never into a script"


FAULTS: dict[str, tuple[str, str, str]] = {
    "python-syntax": (GOOD, "def main(number):\n    return (\n", "tools/tried/main.py,line=2,col=12"),
    "unknown-field": (GOOD + "colour: blue\n", NEXT, "tools/tried/tool.yaml,line=15,col=1"),
    "name-mismatch": (GOOD.replace("{name}", "other"), NEXT, "tools/tried/tool.yaml,line=1,col=7"),
    "yaml-duplicate-key": (GOOD + "name: {name}\n", NEXT, "tools/tried/tool.yaml,line=15,col=1"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_annotated_on_its_line(registry: Repo, tmp_path: Path, code: str) -> None:
    manifest, main, place = FAULTS[code]
    add(registry, "tried", manifest, main)
    registry.commit()
    done, summary = run(registry, tmp_path)
    assert done.returncode == 1
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert any(f"file={place},title={code}::" in line for line in errors), done.stdout
    assert "| `tried` (new) | " in summary


def test_a_sound_change_passes_and_only_it_is_looked_at(registry: Repo, tmp_path: Path) -> None:
    add(registry, "tried")
    registry.commit()
    done, summary = run(registry, tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    assert "1 tool checked" in done.stderr
    assert "hello" not in summary
    assert "2 tools checked" in run(registry, tmp_path, BASE="")[0].stderr, "on a push to main there is no base"


@pytest.mark.engine
def test_examples_run_in_sandboxes(registry: Repo, tmp_path: Path, engine_owner: str) -> None:
    add(registry, "tried", main=NEXT.replace("+ 1", "+ 2"))
    registry.commit()
    done, summary = run(registry, tmp_path, EXAMPLES="true", TOOLCRIB_INSTANCE=engine_owner)
    assert done.returncode == 1
    assert (
        "file=tools/tried/tool.yaml,line=10,col=5,title=example-not-true::The example 'one' is not true" in done.stdout
    )
    assert "| `tried` (new) | 1 | 0 | 1 of 1 not true | none |" in summary


EVERY_KIND = {
    "python-syntax": ("main.py", "return ((", 8),
    "unknown-field": ("tool.yaml", "colour: blue", 0),
    "wrong-type": ("tool.yaml", "tags: 5", 6),
    "yaml-duplicate-key": ("tool.yaml", "title: Again", 0),
    "description-short": ("tool.yaml", "description: Counts.", 13),
    "main-missing-parameter": ("main.py", "def main() -> int:", 0),
    "changes-what-models-see": ("tool.yaml", "description: Greets in another way than before, and says so.", 13),
}


def test_in_a_clone_each_annotation_is_on_the_line_and_column_of_what_it_speaks_of(tmp_path: Path) -> None:
    origin = new_registry(tmp_path)
    origin.git("clone", "-q", str(origin.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "faults")
    add(clone, "syntax", main="# one\n\ndef main(number):\n    return ((\n")
    add(clone, "fields", "# first\n\n" + GOOD + "\n# why\ncolour: blue\ntags: 5\n")
    add(clone, "twice", "title: Once\n" + GOOD + "title: Again\n")
    add(clone, "short", GOOD.replace(GOOD.splitlines()[1], "description: Counts."))
    add(clone, "given", main="import os\n\n\ndef main() -> int:\n    return 1\n")
    manifest = clone.path / "tools/hello/tool.yaml"
    lines = manifest.read_text().split("\n")
    [begins] = [number for number, line in enumerate(lines) if line.startswith("description:")]
    ends = next(number for number in range(begins + 1, len(lines)) if not lines[number].startswith(" "))
    lines[begins:ends] = [EVERY_KIND["changes-what-models-see"][1]]
    manifest.write_text("\n".join(lines))
    clone.commit()
    done, _ = run(clone, tmp_path, BASE="origin/main")
    told: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        told.setdefault(line.partition("title=")[2].partition("::")[0], []).append(line)
    for code, (file, words, within) in EVERY_KIND.items():
        [line] = told[code]
        path, row, column = re.match(r"::\w+ file=([^,]+),line=(\d+),col=(\d+),", line).groups()  # type: ignore[union-attr]
        assert path.endswith(file)
        found = (clone.path / path).read_text().splitlines()[int(row) - 1]
        assert (found.strip(), found[int(column) - 1 :]) == (words, words[within:]), line


def test_only_the_files_of_what_changed_are_read(
    registry: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        add(registry, f"old_{number}")
    base = registry.commit()
    add(registry, "old_7", main=NEXT.replace("+ 1", "+ 2"))
    registry.commit()
    looked_at: list[str] = []
    checked: list[str] = []

    def reading(folder: Path) -> Any:
        looked_at.append(folder.name)
        return read_folder(folder)

    def judging(folder: Folder, **more: Any) -> Any:
        checked.append(folder.name)
        return check_folder(folder, **more)

    monkeypatch.setattr(disk_folders, "read_folder", reading)
    monkeypatch.setattr(disk_folders, "check_folder", judging)
    changes = branch_changes.read_branch_changes(Repository.open(registry.path), base)
    told = list(folder_checks.check_paths([registry.path / "tools"], changes=changes))
    assert looked_at == checked == list(changes.tools) == [one.path.name for one in told] == ["old_7"]
