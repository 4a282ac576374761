"""The workflow that publishes an export: its scripts do what they say, and what may publish runs nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pull_requests import ROOT, steps
from tests.registry.test_check_command import TOOLCRIB
from tests.repositories import Repo, make_repo

pytestmark = pytest.mark.service

FILE = ".github/workflows/publish-catalogue.yml"


def run(name: str, folder: Path, tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """One step of the exporting job, as a runner runs it."""
    (tmp_path / "runner").mkdir(exist_ok=True)
    environment = {**os.environ, "RUNNER_TEMP": str(tmp_path / "runner"), **environ}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", steps(FILE, "jobs", "export")[name]["run"]],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def test_what_may_publish_runs_nothing_of_the_repository_and_every_action_is_pinned() -> None:
    text = (ROOT / FILE).read_text()
    workflow: dict[str, Any] = yaml.safe_load(text)
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert jobs["export"]["permissions"] == {"contents": "read"}
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == ["actions/deploy-pages"]
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert all(len(one.partition("@")[2]) == 40 for one in used)
    assert "secrets." not in text
    assert "pull_request" not in text
    for step in steps(FILE, "jobs", "export").values():
        assert "${{" not in step["run"], "what comes from outside goes through the environment, never into a script"


def test_the_export_is_made_of_the_checked_out_commit(repo: Repo, tmp_path: Path) -> None:
    if not (ROOT / "web/dist/index.html").is_file():
        pytest.skip("NOT TESTED, the page is not built (setup/page builds it)")
    repo.tool("greet")
    revision = repo.commit()
    repo.git("checkout", "-q", "--detach")
    binaries = tmp_path / "runner/toolcrib/bin"
    binaries.mkdir(parents=True)
    (binaries / "toolcrib").symlink_to(TOOLCRIB)
    done = run("Export", repo.path, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "runner/catalogue/export.json").read_bytes())["revision"] == revision


def test_of_a_git_address_the_named_commit_is_set_up_with_its_page(tmp_path: Path) -> None:
    source = make_repo(tmp_path / "source of it")
    for part, text in {
        "venv": "mkdir -p .venv/bin; echo venv >>.venv/told",
        "page": 'echo "page $CI" >>.venv/told',
    }.items():
        source.write(f"setup/{part}", f'#!/bin/sh\nset -e\ncd "$(dirname "$0")/.."\n{text}\n').chmod(0o755)
    commit = source.commit()
    source.write("setup/venv", "#!/bin/sh\nexit 1\n")
    source.commit("a later one")
    package = f"toolcrib @ git+file://{source.path}@{commit}"
    done = run("Install", tmp_path, tmp_path, PACKAGE=package)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runner/toolcrib/told").read_text() == "venv\npage true\n"
