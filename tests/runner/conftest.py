"""A runner of the tests' own, and the proof after each test that it left nothing behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import docker
import docker.errors
import pytest

from runner import Job, Outcome, Runner, SandboxUnavailable, Settings, ensure_base_image, open_runner
from runner.engine import docker_client
from runner.images import base_image
from tests.package_index import Index, from_index, remove_images, serving_index
from tests.waiting import eventually, patience

from .doorway import Doorway
from .invariants import Invariants

CONTROL = "def main(): return 1"
AHEAD = ("requests",)
WAITING = 8
Run = Callable[..., Outcome]
T = TypeVar("T")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings whose owner no other run of the tests has; the image is made once, whoever comes first."""
    found = Settings(owner=f"test-{uuid.uuid4().hex}", max_concurrent=4, max_queued=4)
    try:
        with (Path(tempfile.gettempdir()) / f"toolcrib-test-image-{os.getuid()}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ensure_base_image(found, print)
    except SandboxUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI=true, and no sandbox can be had: {error}")
        pytest.skip(f"NO SANDBOX, NOT TESTED: {error}")
    return found


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[docker.DockerClient]:
    """A second, independent client, to see what is really there."""
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def doorway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Settings) -> Iterator[Doorway]:
    """A closed doorway, and a process that knows no other way to the engine. ``own`` is the module's."""
    door = Doorway(tmp_path / "engine.sock")
    monkeypatch.setenv("DOCKER_HOST", door.address)
    clients: dict[int, docker.APIClient] = {}
    monkeypatch.setattr(docker_client, "_clients", clients)
    yield door
    for one in clients.values():
        one.close()
    door.close()


@pytest.fixture
def index() -> Iterator[Index]:
    """An empty package index."""
    with serving_index() as serving:
        yield serving


@pytest.fixture
def building(settings: Settings, index: Index, tmp_path: Path, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings of the test's own whose packages come from the index; afterwards nothing of them may be left."""
    (tmp_path / "home").mkdir()
    made = replace(
        settings,
        owner=f"test-{uuid.uuid4().hex}",
        images_dir=tmp_path / "images",
        build_environment=from_index(index, tmp_path / "home"),
        builds=False,
    )
    yield made
    await_none(engine, made.owner)
    remove_images(tmp_path / "images")
    for key in [path.name for path in (tmp_path / "images").glob("*") if path.is_dir()]:
        assert build_containers(engine, key) == []
        assert not (tmp_path / "images" / key / "work").exists()


def build_containers(engine: docker.DockerClient, key: str) -> list[Any]:
    """The containers of the build of one image."""
    return list(engine.api.containers(all=True, filters={"label": f"toolcrib.build={key}"}))


@dataclass(frozen=True, slots=True)
class Ready:
    """A runner that many tests share: its owner, and what its sandboxes have imported while they wait."""

    runner: Runner
    owner: str
    imports: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def ready(settings: Settings, engine: docker.DockerClient) -> Iterator[Ready]:
    """A runner for all tests that need no other: its sandboxes wait, as in a service.

    The tests are given those that have imported something ahead. What is made for the call is tried with runners of
    the tests' own, most of which let nothing wait.
    """
    own = replace(settings, owner=f"test-{uuid.uuid4().hex}", warm=WAITING)
    runner = open_runner(own)
    runner.prepare(AHEAD)
    eventually(lambda: _all_wait(runner))
    assert runner.run(job("def main(): return 1")).result == b"1"
    yield Ready(runner, own.owner, AHEAD)
    runner.close()
    assert containers(engine, own.owner) == []


def _all_wait(runner: Runner) -> bool:
    health = runner.health()
    return health.modules == AHEAD and health.sandboxes.get("waiting", 0) >= WAITING


def containers(engine: docker.DockerClient, owner: str) -> list[Any]:
    """The owner's containers, in every state."""
    return list(engine.containers.list(all=True, ignore_removed=True, filters={"label": f"toolcrib.owner={owner}"}))


def await_none(engine: docker.DockerClient, owner: str, seconds: float = 35.0) -> None:
    """Wait until the owner has no container left, and fail when that takes longer."""
    until = time.monotonic() + patience(seconds)
    while left := containers(engine, owner):
        assert time.monotonic() < until, [(one.id, one.status) for one in left]
        time.sleep(0.1)


@pytest.fixture(scope="module")
def runner(ready: Ready, engine: docker.DockerClient) -> Iterator[Runner]:
    """The runner; after the tests of a module everything is as it was before them."""
    eventually(lambda: _all_wait(ready.runner))
    invariants = Invariants(ready.runner, engine, ready.owner)
    before = invariants.containers()
    yield ready.runner
    invariants.hold(before, lambda: ready.runner.run(job(CONTROL, imports=ready.imports)).result)


@pytest.fixture
def run(runner: Runner, ready: Ready) -> Run:
    """Run one main.py: ``run(source, entry="script", timeout_seconds=1, files={...})``."""
    return lambda source, **changes: runner.run(job(source, **{"imports": ready.imports, **changes}))


def job(source: str, **changes: Any) -> Job:
    """A job of one main.py and what is said besides."""
    files = {"main.py": source.encode(), **changes.pop("files", {})}
    values: dict[str, Any] = {
        "execution_id": uuid.uuid4().hex,
        "entry": "function",
        "arguments": b"{}",
        "timeout_seconds": 10.0,
        "network": False,
    }
    return Job(files=files, **{**values, **changes})


def removed(engine: docker.DockerClient, image: str) -> bool:
    """Whether an image could be removed, or is gone: not before nobody's container uses it, here or in another test."""
    try:
        engine.images.remove(image, force=True)
    except docker.errors.ImageNotFound:
        return True
    except docker.errors.APIError as error:
        print(error.explanation)  # pytest shows it where the wait for this ends in vain
        return False
    return True


def where_the_harness_does_not_hide(own: Settings, engine: docker.DockerClient, look: Callable[[Settings], T]) -> T:
    """What ``look`` finds with sandboxes whose harness lets itself be looked into.

    In a process of its own: the runners of this one go on filling up what waits, and would do it with that harness.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        made = apart.submit(_ensure_without_hiding, own).result()
        try:
            return apart.submit(look, own).result()
        finally:
            apart.shutdown()
            eventually(lambda: removed(engine, made), 60, "the image of the test is left")


def _ensure_without_hiding(own: Settings) -> str:
    files = dict(base_image.read_harness_files())
    files["main.py"] = files["main.py"].replace(b"    _hide()\n", b"", 1)
    assert files != base_image.read_harness_files()
    base_image.read_harness_files = cache(lambda: files)
    return ensure_base_image(own, print)
