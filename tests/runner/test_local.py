"""The runner in this process: places, queue, health, interruption, and an engine that is down."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import docker
import pytest

from runner import AllPlacesTaken, Outcome, Runner, SandboxUnavailable, Settings, open_runner, reap_containers
from runner.engine import container_reaper
from runner.engine import docker_client as engine_module
from tests.waiting import patience

from .conftest import await_none, containers, job
from .doorway import Doorway

pytestmark = pytest.mark.engine
NAP = "import time\ndef main(): time.sleep(1)"
LONG = "import time\ndef main():\n print('up', flush=True)\n time.sleep(20)"


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}")
    yield found
    assert containers(engine, found.owner) == []


def test_more_runs_than_places_wait_and_more_than_the_queue_are_refused(own: Settings) -> None:
    runner = open_runner(replace(own, max_concurrent=1, max_queued=1))
    started = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(runner.run, job(NAP), started.set)
        assert started.wait(10)
        second = pool.submit(runner.run, job("def main(): return 2"))
        while True:  # until the second is in the queue, a third would take its place there
            try:
                third = runner.run(job("def main(): return 3"))
            except AllPlacesTaken:
                break
            assert third.status == "success"
        assert first.result().status == "success"
        assert second.result().result == b"2"
        assert second.result().queue_ms > 500
    runner.close()


def test_what_starting_raises_is_passed_on_and_nothing_runs(runner: Runner) -> None:
    def starting() -> None:
        raise LookupError("not on record")

    with pytest.raises(LookupError, match="not on record"):
        runner.run(job("def main(): return 1"), starting)


def test_closing_interrupts_what_runs_and_refuses_what_comes(own: Settings) -> None:
    runner = open_runner(own)
    started = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner.run, job(LONG, timeout_seconds=25.0), started.set)
        assert started.wait(10)
        runner.close()
        outcome: Outcome = running.result(5)
    assert outcome.failure is not None
    assert (outcome.status, outcome.failure.kind) == ("failed", "interrupted")
    with pytest.raises(SandboxUnavailable):
        runner.run(job("def main(): return 1"))


def test_one_owner_reaps_only_its_own_and_only_what_is_past_its_deadline(
    own: Settings, engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = open_runner(own).health().image or ""

    def make(owner: str, seconds: float) -> str:
        labels = engine_module.make_labels(owner, seconds)
        return str(engine.containers.create(image, labels=labels, network_mode="none").id)

    other = f"test-{uuid.uuid4().hex}"
    late, fresh, foreign = make(own.owner, -1), make(own.owner, 60), make(other, -1)
    try:
        idle = reap_containers(own)
        assert idle == {late, fresh}
        assert [one.id for one in containers(engine, own.owner)] == [fresh]
        assert [one.id for one in containers(engine, other)] == [foreign]
        with monkeypatch.context() as busy:
            busy.setattr(container_reaper, "remove_container", _refuse)
            idle = reap_containers(own, idle)
        assert idle == {fresh}, "what the engine does not let go is asked of it again the next time"
        reap_containers(own, idle)  # nobody has started it since: whoever made it is gone
        assert containers(engine, own.owner) == []
    finally:
        for one in (*containers(engine, own.owner), *containers(engine, other)):
            one.remove(force=True)


def _refuse(container: str) -> None:
    raise SandboxUnavailable(f"{container} is being removed already")


def test_a_container_from_before_the_last_boot_is_past_its_deadline() -> None:
    assert engine_module.is_past_deadline("another-boot:99999999999")
    assert engine_module.is_past_deadline("")
    label = engine_module.make_labels("o", 5)[engine_module.DEADLINE_LABEL]
    assert not engine_module.is_past_deadline(label)


def test_the_sandbox_of_a_killed_service_ends_and_is_removed_by_itself(
    own: Settings, engine: docker.DockerClient
) -> None:
    program = (
        "import sys\nfrom runner import *\nfrom tests.runner.conftest import job\n"
        f"r = open_runner(Settings(owner={own.owner!r}))\n"
        f"r.run(job({LONG!r}, timeout_seconds=25.0), lambda: print('started', flush=True))"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "started\n"
        service.kill()
    await_none(engine, own.owner)


def test_the_front_door_is_cheap_to_import() -> None:
    program = "import sys, runner; print(sorted({'docker', 'requests', 'ctypes'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


@pytest.mark.engine(alone=True)
def test_without_an_engine_the_reason_comes_within_two_seconds_and_it_recovers_by_itself(
    doorway: Doorway, own: Settings
) -> None:
    runner = open_runner(own)
    began = time.monotonic()
    with pytest.raises(SandboxUnavailable, match="not running"):
        runner.run(job("def main(): return 1"))
    assert reap_containers(own) == frozenset()
    doorway.freeze()
    health = replace(runner.health())
    while "not running" in health.reason:
        health = runner.health()  # what is known is a second old at most
    assert "does not answer" in health.reason
    assert time.monotonic() - began < patience(4)
    doorway.open()
    while not runner.health().ready:
        time.sleep(0.05)
    assert runner.run(job("def main(): return 1")).status == "success"
    doorway.freeze()
    time.sleep(1)  # the age at which what is known of the engine is asked for again
    began = time.monotonic()
    with pytest.raises(SandboxUnavailable, match="does not answer"):
        runner.run(job("def main(): return 1"))
    assert time.monotonic() - began < patience(7)  # so long it could be merely late
    doorway.open()
    runner.close()


@pytest.mark.engine(alone=True)
def test_an_engine_that_hangs_when_a_call_begins_interrupts_it_soon(
    doorway: Doorway, own: Settings, engine: docker.DockerClient
) -> None:
    doorway.open()
    runner = open_runner(replace(own, warm=2))
    while runner.health().sandboxes.get("waiting", 0) < 2:
        time.sleep(0.05)
    doorway.freeze()
    began = time.monotonic()
    outcome = runner.run(job(LONG, timeout_seconds=25.0))
    assert outcome.failure is not None
    assert outcome.failure.kind == "interrupted"
    assert time.monotonic() - began < patience(15)
    doorway.open()
    while not runner.health().ready:
        time.sleep(0.05)
    assert runner.run(job("def main(): return 1")).result == b"1"
    runner.close()
    await_none(engine, own.owner)


@pytest.mark.engine(alone=True)
def test_closing_does_not_wait_for_an_engine_that_hangs(
    doorway: Doorway, own: Settings, engine: docker.DockerClient
) -> None:
    doorway.open()
    runner = open_runner(replace(own, warm=8))
    started = threading.Event()
    while runner.health().sandboxes.get("waiting", 0) < 8:
        time.sleep(0.05)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(runner.run, job(LONG, timeout_seconds=25.0), started.set)
        assert started.wait(10)
        time.sleep(0.3)
        doorway.freeze()
        began = time.monotonic()
        runner.close()
        assert time.monotonic() - began < patience(60)
        doorway.open()
        assert running.result(30).status == "failed"
    await_none(engine, own.owner)


def test_who_waits_is_served_in_turn(own: Settings) -> None:
    runner = open_runner(replace(own, max_concurrent=1, max_queued=5))
    order: list[int] = []
    gate = threading.Event()

    def starting(number: int) -> None:
        order.append(number)
        gate.wait(20)

    with ThreadPoolExecutor(5) as threads:
        for number in range(5):
            threads.submit(runner.run, job("def main(): pass"), partial(starting, number))
            while len(order) + len(runner._places._line) <= number:  # type: ignore[attr-defined]
                time.sleep(0.01)
        gate.set()
    assert order == [0, 1, 2, 3, 4]
    runner.close()


@pytest.mark.engine(alone=True)
def test_an_engine_that_vanishes_in_the_middle_interrupts_the_run(
    doorway: Doorway, own: Settings, engine: docker.DockerClient
) -> None:
    doorway.open()
    runner = open_runner(own)
    started = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(runner.run, job(LONG, timeout_seconds=25.0), started.set)
        assert started.wait(10)
        doorway.close()
        outcome: Outcome = running.result(15)
    assert outcome.failure is not None
    assert outcome.failure.kind == "interrupted"
    runner.close()
    await_none(engine, own.owner)  # its standard input ended, and so did it
