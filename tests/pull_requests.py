"""Pull requests into a new repository of tools, and the steps of its workflow as a runner runs them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.registry.test_check_command import TOOLCRIB
from tests.repositories import Repo

ROOT = Path(__file__).parents[1]
GOOD = (
    "name: {name}\ndescription: Says which number comes after the one that is given; use it to count up.\nparameters:\n"
    "  type: object\n  properties:\n    number: {{type: integer, description: The number.}}\n  required: [number]\n"
    "returns: {{type: integer}}\nexamples:\n  - name: one\n    arguments: {{number: 1}}\n    result: 2\n"
    "runtime:\n  network: false\n"
)
NEXT = "def main(number: int) -> int:\n    return number + 1\n"


def steps(file: str, *path: str) -> dict[str, dict[str, Any]]:
    """The steps of a workflow or an action, by name."""
    found: Any = yaml.safe_load((ROOT / file).read_text())
    for part in path:
        found = found[part]
    return {step["name"]: step for step in found["steps"] if "name" in step}


STEPS = steps("registry/cli/new_repository/files/workflow.yml", "jobs", "check")
SCRIPT: str = STEPS["Check"]["run"]


def new_registry(folder: Path) -> Repo:
    """What `toolcrib init` makes, and a branch on top of it."""
    home = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    subprocess.run([TOOLCRIB, "init", str(folder / "tools")], env=home, check=True, capture_output=True)
    made = Repo(folder / "tools")
    made.git("checkout", "-q", "-b", "change")
    return made


def add(repo: Repo, name: str, manifest: str = GOOD, main: str = NEXT) -> None:
    """Write a tool's folder."""
    repo.write(f"tools/{name}/tool.yaml", manifest.format(name=name))
    repo.write(f"tools/{name}/main.py", main)


def run_script(script: str, repo: Repo, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One step's script in the checkout, in the shell that GitHub's runners use."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=repo.path, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def run(repo: Repo, tmp_path: Path, **environ: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The workflow's step `Check` on the branch, and the summary that it wrote."""
    binaries = tmp_path / "runner/toolcrib/bin"
    binaries.mkdir(parents=True, exist_ok=True)
    if not (binaries / "toolcrib").exists():
        (binaries / "toolcrib").symlink_to(TOOLCRIB)
    summary = tmp_path / "summary.md"
    summary.write_text("")
    environment = {
        "RUNNER_TEMP": str(tmp_path / "runner"), "GITHUB_STEP_SUMMARY": str(summary), "BASE": "main",
        "EXAMPLES": "false", "STRICT": "false", "TOOLCRIB_STATE_DIR": str(tmp_path / "state"), **environ,
    }  # fmt: skip
    return run_script(SCRIPT, repo, environment), summary.read_text()
