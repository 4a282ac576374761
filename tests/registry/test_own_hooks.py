"""This project's own hooks for pre-commit: they need nothing but ``.venv``, and stop what ``make lint`` would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.repositories import Repo

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / ".pre-commit-config.yaml"


def test_nothing_is_fetched_for_them() -> None:
    configured = yaml.safe_load(CONFIGURATION.read_text())["repos"]
    assert [one["repo"] for one in configured] == ["local"]
    assert {hook["language"] for hook in configured[0]["hooks"]} == {"system"}


@pytest.mark.parametrize(
    ("path", "text", "failing"),
    [
        ("module.py", '"""Nothing is wrong here."""\n', set()),
        ("module.py", '"""An import that nothing needs."""\n\nimport os\n', {"ruff"}),
        ("module.py", '"""Single quotes."""\n\nNAME = \'it\'\n', {"ruff-format"}),
        ("tools/greet/tool.yaml", "name: greet\ncolour: blue\n", {"toolcrib-check"}),
    ],
    ids=["sound", "lint", "form", "tool"],
)
def test_what_is_wrong_is_not_committed(repo: Repo, tmp_path: Path, path: str, text: str, failing: set[str]) -> None:
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        repo.write(name, (ROOT / name).read_text())
    (repo.path / ".venv").symlink_to(ROOT / ".venv")
    repo.write(".gitignore", ".venv\n")
    repo.tool("greet")
    repo.write(path, text)
    repo.git("add", "-A")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("pre-commit")), "run", "--all-files", "--verbose"],
        cwd=repo.path, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull},
    )  # fmt: skip
    blocks = done.stdout.split("- hook id: ")[1:]
    failed = {block.split("\n")[0] for block in blocks if "- exit code: " in block or "- files were modified" in block}
    assert failed - {"toolcrib-fmt"} == failing, done.stdout + done.stderr
    assert (done.returncode == 0) == (not failed)
