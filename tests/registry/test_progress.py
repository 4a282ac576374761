"""Whoever looks at a terminal sees how far the examples are; a log is spared of it."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.pull_requests import GOOD, add, new_registry
from tests.registry.test_check_command import TOOLCRIB
from tests.repositories import Repo

THREE = GOOD.replace(
    "runtime:",
    "  - {{name: two, arguments: {{number: 2}}, result: 3}}\n"
    "  - {{name: six, arguments: {{number: 6}}, result: 7}}\nruntime:",
)


@pytest.fixture
def registry(tmp_path: Path) -> Repo:
    made = new_registry(tmp_path)
    add(made, "tried", THREE)
    return made


def said(registry: Repo, tmp_path: Path, owner: str, *, terminal: bool) -> tuple[int, str]:
    """The status of `check --examples`, and what it says on standard error."""
    environment = {
        **os.environ, "TOOLCRIB_STATE_DIR": str(tmp_path / "state"), "TOOLCRIB_INSTANCE": owner, "TERM": "xterm",
        "COLUMNS": "100",
    }  # fmt: skip
    ours, theirs = pty.openpty() if terminal else os.pipe()
    command = [TOOLCRIB, "check", "--changed", "main", "--examples"]
    with subprocess.Popen(
        command, cwd=registry.path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        parts = []
        with contextlib.suppress(OSError):  # how a terminal ends whose other side is gone
            while part := os.read(ours, 4096):
                parts.append(part)
        os.close(ours)
        return process.wait(60), b"".join(parts).decode()


@pytest.mark.engine
def test_on_a_terminal_a_bar_shows_how_far_the_examples_are_and_ends_at_all(
    registry: Repo, tmp_path: Path, engine_owner: str
) -> None:
    status, text = said(registry, tmp_path, engine_owner, terminal=True)
    assert status == 0, text
    told = [int(share) for share in re.findall(r"examples.*?(\d+)%", text)]
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] == 100
    last = text.replace("\x1b[?25h", "").splitlines()[-1]
    assert last == "1 tool checked: 0 errors, 0 warnings", "it begins on a line of its own"


@pytest.mark.engine
def test_without_a_terminal_there_is_no_bar(registry: Repo, tmp_path: Path, engine_owner: str) -> None:
    status, text = said(registry, tmp_path, engine_owner, terminal=False)
    assert (status, text) == (0, "1 tool checked: 0 errors, 0 warnings\n")
