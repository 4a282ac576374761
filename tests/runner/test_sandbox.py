"""A sandbox apart from the runner: waiting, cancelled, and held to its limits by both sides."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import docker
import pytest

from runner import Settings, ensure_base_image, sandbox
from runner.model import Job
from runner.sandbox import Sandbox
from tests.waiting import patience

from .conftest import await_none, containers, job

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
    assert outcome.duration_ms < patience(1000)


@pytest.mark.parametrize("size", [10, 900_000])
def test_a_run_that_ended_is_told_with_its_own_end_by_a_service_that_reads_late(size: int, waiting: Sandbox) -> None:
    def late(_stream: str, _piece: bytes) -> None:
        time.sleep(4)  # lateness is the claim: the tool's time is over, and much of its result not yet written

    outcome = waiting.run(
        job(f"def main():\n print('up', flush=True)\n return 'x' * {size}", timeout_seconds=1.0), late
    )
    assert (outcome.status, outcome.failure, len(outcome.result or b"")) == ("success", None, size + 2)
    assert outcome.duration_ms < 1000


def test_a_cancelled_run_ends_at_once_as_cancelled(waiting: Sandbox) -> None:
    timer = threading.Timer(0.3, waiting.stop, ["cancelled"])
    timer.start()
    began = time.monotonic()
    outcome = waiting.run(job(SLEEP, timeout_seconds=20.0))
    timer.join()
    assert (outcome.status, outcome.failure and outcome.failure.kind) == ("cancelled", "cancelled")
    assert time.monotonic() - began < patience(5)


@pytest.mark.parametrize(("end", "kind"), [("cancelled", "cancelled"), ("interrupted", "interrupted")])
def test_a_run_stopped_before_it_began_ends_as_what_stopped_it(
    end: Literal["cancelled", "interrupted"], kind: str, waiting: Sandbox
) -> None:
    waiting.stop(end)
    outcome = waiting.run(job(SLEEP, timeout_seconds=20.0))
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.result) == (kind, None)
    assert outcome.duration_ms < patience(5000)


def test_a_stopped_service_interrupts_and_does_not_cancel(waiting: Sandbox) -> None:
    timer = threading.Timer(0.3, waiting.stop, ["interrupted"])
    timer.start()
    outcome = waiting.run(job(SLEEP, timeout_seconds=20.0))
    timer.join()
    assert (outcome.status, outcome.failure and outcome.failure.kind) == ("failed", "interrupted")


def test_a_harness_killed_for_memory_is_told_by_the_engine(settings: Settings, engine: docker.DockerClient) -> None:
    own = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    with Sandbox(own, ensure_base_image(own, print), memory_mb=16, network=False) as small:
        outcome = small.run(job("def main(): return 1", files={"data": bytes(12 << 20)}))
    assert outcome.failure is not None
    assert outcome.failure.kind == "out_of_memory"
    assert containers(engine, own.owner) == []


def test_a_harness_killed_from_outside_is_no_lack_of_memory(waiting: Sandbox, engine: docker.DockerClient) -> None:
    container = engine.containers.get(waiting.id or "")
    timer = threading.Timer(0.3, container.kill)
    timer.start()
    outcome = waiting.run(job(SLEEP, timeout_seconds=20.0))
    timer.join()
    assert outcome.failure is not None
    assert outcome.failure.kind == "interrupted"


def test_removing_what_the_engine_or_somebody_else_removes_is_no_fault(
    settings: Settings, engine: docker.DockerClient
) -> None:
    own = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    image = ensure_base_image(own, print)
    for gap_seconds in (0.0, 0.02, 0.05, 0.1):
        one = Sandbox(own, image, memory_mb=64, network=False)
        one.let_go()
        time.sleep(gap_seconds)
        with ThreadPoolExecutor(3) as threads:
            assert list(threads.map(lambda _, one=one: one.remove(), range(3))) == [True] * 3
    await_none(engine, own.owner)


def test_the_engine_kills_at_the_limit_when_the_harness_does_not(
    waiting: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame_of = sandbox._job_frame

    def forgetful(one: Job) -> bytes:
        return frame_of(replace(one, timeout_seconds=20.0))

    monkeypatch.setattr(sandbox, "_job_frame", forgetful)
    outcome = waiting.run(job(SLEEP, timeout_seconds=0.5))
    assert outcome.status == "timeout"
    assert outcome.duration_ms < patience(2000)


def test_the_harness_ends_at_the_limit_when_the_runner_does_not(
    waiting: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_GRACE_SECONDS", 20.0)
    outcome = waiting.run(job(SLEEP, timeout_seconds=0.5))
    assert outcome.status == "timeout"
    assert outcome.duration_ms < patience(1500)
