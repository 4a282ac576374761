"""A runner of the tests' own, and the proof after each test that it left nothing behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from runner import Job, Outcome, Runner, SandboxUnavailable, Settings, ensure_base_image, open_runner

Run = Callable[..., Outcome]


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


@pytest.fixture(scope="session")
def session_runner(settings: Settings) -> Iterator[Runner]:
    """One runner for all tests that need no other."""
    runner = open_runner(settings)
    yield runner
    runner.close()


def containers(engine: docker.DockerClient, owner: str) -> list[Any]:
    """The owner's containers, in every state."""
    return list(engine.containers.list(all=True, ignore_removed=True, filters={"label": f"toolcrib.owner={owner}"}))


def await_none(engine: docker.DockerClient, owner: str, seconds: float = 35.0) -> None:
    """Wait until the owner has no container left, and fail when that takes longer."""
    until = time.monotonic() + seconds
    while left := containers(engine, owner):
        assert time.monotonic() < until, [(one.id, one.status) for one in left]
        time.sleep(0.1)


@pytest.fixture
def runner(session_runner: Runner, settings: Settings, engine: docker.DockerClient) -> Iterator[Runner]:
    """The runner; after the test not one of its containers may be left."""
    yield session_runner
    assert containers(engine, settings.owner) == []


@pytest.fixture
def run(runner: Runner) -> Run:
    """Run one main.py: ``run(source, entry="script", timeout_seconds=1, files={...})``."""
    return lambda source, **changes: runner.run(job(source, **changes))


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
