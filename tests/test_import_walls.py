"""The walls between the rooms stand: an import that crosses one turns `lint-imports` red."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A wall, the module in which an import through it is planted, and that import.
PLANTED = {
    "a floor of the service": ("registry/model.py", "from registry.service import Service"),
    "a room's inner module, from another hall": (
        "registry/edits/edits.py",
        "from registry.gitrepo.store.git_trees import read_tree",
    ),
    "a room, past its hall's door": ("registry/edits/edits.py", "from registry.gitrepo.store import read_objects"),
    "a room's inner module, from the room beside": (
        "registry/gitrepo/remote/branch_rebase.py",
        "from registry.gitrepo.store.git_trees import read_tree",
    ),
    "gitrepo, upwards": ("registry/gitrepo/store/git_trees.py", "from registry.gitrepo.commit import commit_edit"),
    "http, upwards": ("registry/http/contract/file_texts.py", "from registry.http.routes import API"),
    "manifest, upwards": ("registry/manifest/yaml/value_spans.py", "from registry.manifest.changing import tidy_text"),
    "formats, upwards": ("registry/formats/strict/strict_form.py", "from registry.formats.openai import make_function"),
    "runner, upwards": ("runner/engine/container.py", "from runner.waiting import SandboxPool"),
    "the runner, out of its house": ("runner/model.py", "from registry.model import Tool"),
    "the runner's front door": ("registry/service.py", "from runner.engine import get_client"),
    "the harness's wall": ("runner/engine/container.py", "from runner.harness.supervisor import Supervisor"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of this project on a copy of it."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that the contracts look at."""
    folder = tmp_path_factory.mktemp("house")
    skipped = shutil.ignore_patterns("__pycache__", "*.txt", "*.json")
    for name in ("registry", "runner"):
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    (folder / "tests").mkdir()
    for name in ("pyproject.toml", "tests/__init__.py", "tests/import_doors.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("wall", PLANTED)
def test_an_import_through_a_wall_is_refused(house: Path, wall: str) -> None:
    path, line = PLANTED[wall]
    file = house / path
    text = file.read_text()
    file.write_text(f"{text}\n{line}\n")
    try:
        done = lint(house)
    finally:
        file.write_text(text)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_the_house_as_it_is_keeps_every_wall(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout
