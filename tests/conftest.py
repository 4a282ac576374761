"""What every test may ask for: a repository of its own, and an engine where there is one."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.repositories import Repo, make_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository with a working tree."""
    return make_repo(tmp_path / "repo")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests of the engine are skipped, with the reason, where there is none; with CI=true they fail instead."""
    if item.get_closest_marker("engine") is None:
        return
    missing = missing_engine()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs a Docker engine: {missing}")
    if missing:
        pytest.skip(f"NOT TESTED, no Docker engine: {missing}")


@cache
def missing_engine() -> str:
    """Why containers cannot be run here; empty when they can."""
    try:
        done = subprocess.run(["docker", "version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""


@pytest.fixture
def engine_owner() -> Iterator[str]:
    """A name for one test's containers; whatever is left of them afterwards is a fault, and is removed."""
    owner = f"test-{uuid.uuid4().hex[:12]}"
    yield owner
    left = containers_of(owner)
    if left:
        subprocess.run(["docker", "rm", "-f", *left], capture_output=True, check=True)
    assert left == [], "the test left containers behind"


def containers_of(owner: str) -> list[str]:
    """The ids of the containers that carry an owner's label."""
    if missing_engine():
        return []
    listed = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"label=toolcrib.owner={owner}"], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()
