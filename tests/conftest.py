"""What every test may ask for: a repository of its own, and an engine where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.engine import containers_of, missing_engine
from tests.repositories import Repo, make_repo
from tests.waiting import nothing_is_left

_WEB = Path(__file__).parent / "web"
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 * 1024**3

pytest_plugins = ["tests.broken_fixtures", "tests.costs", "tests.engine_turns"]


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write in memory where there is room: commits and databases wait for no disk there."""
    chosen = config.option.basetemp or os.environ.get("PYTEST_DEBUG_TEMPROOT")
    if not chosen and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)


def pytest_xdist_auto_num_workers() -> int:
    """Processes that run tests, where nobody says how many: more than two cores, as tests of the engine mostly wait."""
    return max(4, os.cpu_count() or 1)


# Property tests try half as many examples as they are written for, or with --hypothesis-profile=thorough ten times as
# many (tests/properties.py). A deadline would judge the machine.
settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the engine come first, those that need it alone before the others.

    Spread over several processes (``--dist worksteal``), each begins with a part of this list: while one has the engine
    for itself, the others run what needs none, and help with the rest of the engine's tests when they are done.
    """

    for item in items:
        if _WEB in item.path.parents:
            item.add_marker(pytest.mark.web)

    def rank(item: pytest.Item) -> int:
        mark = item.get_closest_marker("engine")
        return 2 if mark is None else 0 if mark.kwargs.get("alone") else 1

    items.sort(key=rank)


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


@pytest.fixture
def engine_owner() -> Iterator[str]:
    """A name for one test's containers; whatever is left of them afterwards is a fault, and is removed."""
    owner = f"test-{uuid.uuid4().hex[:12]}"
    yield owner
    try:
        nothing_is_left(owner)
    finally:
        left = containers_of(owner)
        if left:
            subprocess.run(["docker", "rm", "-f", *left], capture_output=True, check=True)


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder on a disk, for tests of what a kill leaves there: ``tmp_path`` may lie in memory."""
    with tempfile.TemporaryDirectory(prefix="toolcrib-test-", dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def upstream(tmp_path: Path) -> Repo:
    """A bare repository: the remote of others. Its folder holds nothing else."""
    return make_repo(tmp_path / "remotes/upstream.git", "--bare")


@pytest.fixture
def served(repo: Repo, upstream: Repo) -> Repo:
    """A repository with two tools, which are on its remote as well."""
    for name in ("first", "second"):
        repo.tool(name)
    repo.commit("begin")
    repo.git("remote", "add", "origin", str(upstream.path))
    repo.git("push", "-q", "origin", "main")
    return repo


@pytest.fixture
def colleague(served: Repo, upstream: Repo, tmp_path: Path) -> Repo:
    """Somebody else's clone of that remote."""
    upstream.git("clone", "-q", "-b", "main", str(upstream.path), str(tmp_path / "colleague"))
    return Repo(tmp_path / "colleague")
