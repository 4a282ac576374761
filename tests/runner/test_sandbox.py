"""A sandbox apart from the runner: waiting, cancelled, and held to its limits by both sides."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import docker
import pytest

from runner import Settings, ensure_base_image, sandbox
from runner.model import Job
from runner.sandbox import Sandbox

from .conftest import containers, job

pytestmark = pytest.mark.engine
SLEEP = "import time\ndef main(): time.sleep(30)"


@pytest.fixture
def waiting(settings: Settings, engine: docker.DockerClient) -> Iterator[Sandbox]:
    """A sandbox that has been started and has no job yet."""
    own = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    with Sandbox(own, ensure_base_image(own, print), memory_mb=64, network=False) as found:
        yield found
    assert containers(engine, own.owner) == []


def test_a_sandbox_started_ahead_answers_without_its_start(waiting: Sandbox) -> None:
    outcome = waiting.run(job("def main(): return 1"))
    assert outcome.result == b"1"
    assert outcome.duration_ms < 1000


def test_a_cancelled_run_ends_at_once_as_cancelled(waiting: Sandbox) -> None:
    timer = threading.Timer(0.3, waiting.stop, ["cancelled"])
    timer.start()
    began = time.monotonic()
    outcome = waiting.run(job(SLEEP, timeout_seconds=20.0))
    timer.join()
    assert (outcome.status, outcome.failure and outcome.failure.kind) == ("cancelled", "cancelled")
    assert time.monotonic() - began < 5


def test_the_engine_kills_at_the_limit_when_the_harness_does_not(
    waiting: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame_of = sandbox._job_frame

    def forgetful(one: Job) -> bytes:
        return frame_of(replace(one, timeout_seconds=20.0))

    monkeypatch.setattr(sandbox, "_job_frame", forgetful)
    outcome = waiting.run(job(SLEEP, timeout_seconds=0.5))
    assert outcome.status == "timeout"
    assert outcome.duration_ms < 2000


def test_the_harness_ends_at_the_limit_when_the_runner_does_not(
    waiting: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_GRACE_SECONDS", 20.0)
    outcome = waiting.run(job(SLEEP, timeout_seconds=0.5))
    assert outcome.status == "timeout"
    assert outcome.duration_ms < 1500
