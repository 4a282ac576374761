"""The hooks for pre-commit, installed and called by pre-commit itself, from a clone in which no page was built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pull_requests import GOOD, NEXT, ROOT, add, new_registry

CONFIGURATION = """\
repos:
  - repo: {checkout}
    rev: {revision}
    hooks:
      - id: toolcrib-fmt
      - id: toolcrib-check
"""


@pytest.mark.service
def test_an_ill_formed_tool_is_not_committed_and_one_that_fmt_has_written_is(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True, capture_output=True)
    registry = new_registry(tmp_path)
    revision = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    registry.write(".pre-commit-config.yaml", CONFIGURATION.format(checkout=checkout, revision=revision))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
    }  # fmt: skip

    def call(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=registry.path, env=environment, capture_output=True, text=True, check=False, timeout=600
        )

    def commit() -> subprocess.CompletedProcess[str]:
        registry.git("add", "-A")
        return call("git", "commit", "-m", "a tool")

    assert call(str(Path(sys.executable).with_name("pre-commit")), "install").returncode == 0
    begun = registry.git("rev-parse", "HEAD")

    add(registry, "counted", GOOD + "colour: blue\n", NEXT)
    refused = commit()
    assert refused.returncode == 1
    lines = (registry.path / "tools/counted/tool.yaml").read_text().splitlines()
    place = f"tools/counted/tool.yaml:{lines.index('colour: blue') + 1}:1"
    assert f"{place}: error [unknown-field]" in refused.stdout + refused.stderr

    add(registry, "counted", GOOD.replace("name: {name}", "name:   '{name}'   # ours"), NEXT)
    rewritten = commit()
    assert rewritten.returncode == 1
    assert "files were modified by this hook" in rewritten.stdout + rewritten.stderr
    assert (registry.path / "tools/counted/tool.yaml").read_text().startswith("name: counted  # ours\n")
    assert registry.git("rev-parse", "HEAD") == begun

    done = commit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert registry.git("log", "-1", "--format=%s") == "a tool"
    assert not (checkout / "web/dist").exists(), "the hooks need no page, and so no Node"
