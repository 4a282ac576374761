"""An engine that answers late is waited for; one that is away is not, and what tells the two apart is seen."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import docker
import pytest

from runner import EngineUnavailable, Runner, Settings, engine_health, ensure_base_image, local_runner, open_runner
from runner.engine import is_request_read
from tests.waiting import eventually, patience

from .conftest import await_none, job
from .doorway import Doorway

# They tell late from away: what others ask of the engine meanwhile would make it late.
pytestmark = pytest.mark.engine(alone=True)
LATE_SECONDS = 1.5
"""More than the service waits for an answer before it takes the engine for late."""
CALLS = 6
TRIVIAL = "def main(): return 1"


@pytest.fixture
def own(settings: Settings, engine: docker.DockerClient) -> Iterator[Settings]:
    """Settings with an owner of this test's own; the image is there before anything is late."""
    found = replace(settings, owner=f"test-{uuid.uuid4().hex}", max_concurrent=CALLS, max_queued=CALLS)
    ensure_base_image(found, print)
    yield found
    await_none(engine, found.owner)


def call_together(runner: Runner) -> list[str]:
    """How calls that come at once end; raises what any is refused with."""
    with ThreadPoolExecutor(CALLS) as threads:
        return list(threads.map(lambda _: runner.run(job(TRIVIAL)).status, range(CALLS)))


@pytest.mark.parametrize("warm", [0, 2])
def test_no_call_is_refused_because_the_engine_answers_late(warm: int, doorway: Doorway, own: Settings) -> None:
    doorway.open(late_seconds=LATE_SECONDS)
    with closing(open_runner(replace(own, warm=warm))) as runner:
        assert call_together(runner) == ["success"] * CALLS
        doorway.open()


def test_calls_wait_for_an_engine_that_stands_still_for_a_moment(doorway: Doorway, own: Settings) -> None:
    doorway.open()
    with closing(open_runner(own)) as runner:
        assert runner.run(job(TRIVIAL)).status == "success"
        doorway.freeze()
        goes_on = threading.Timer(LATE_SECONDS, doorway.open)
        goes_on.start()
        assert call_together(runner) == ["success"] * CALLS
        goes_on.join()


@pytest.mark.parametrize("warm", [0, 2])
def test_all_calls_are_refused_within_two_seconds_when_nobody_listens(
    warm: int, doorway: Doorway, own: Settings
) -> None:
    doorway.open()
    with closing(open_runner(replace(own, warm=warm))) as runner:
        assert runner.run(job(TRIVIAL)).status == "success"
        began = time.monotonic()
        doorway.close()
        eventually(lambda: runner.health().away)
        with ThreadPoolExecutor(CALLS) as threads:
            refused = [threads.submit(runner.run, job(TRIVIAL)) for _ in range(CALLS)]
        took = time.monotonic() - began
        for one in refused:
            assert isinstance(one.exception(), EngineUnavailable)
            assert "not running" in str(one.exception())
        assert took < patience(2)
        doorway.open()  # for the runner to remove what is left


def test_a_stopped_engine_is_away_after_some_seconds_and_back_with_its_first_answer(
    doorway: Doorway, own: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    doorway.open()
    with closing(open_runner(own)) as runner, caplog.at_level(logging.INFO, "runner"):
        assert runner.run(job(TRIVIAL)).status == "success"
        eventually(lambda: runner.health().ready and not runner.health().late)
        caplog.clear()
        doorway.freeze()
        began = time.monotonic()
        with pytest.raises(EngineUnavailable, match="nobody reads what it is asked"):
            runner.run(job(TRIVIAL))
        assert time.monotonic() - began < patience(7)
        assert runner.health().away
        doorway.open()
        eventually(lambda: runner.health().ready)
        assert runner.run(job(TRIVIAL)).status == "success"
    told = [one.getMessage() for one in caplog.records if one.name == "runner.engine_health"]
    # On a busy machine it may have been late, and back, on the way there.
    first = {words: next(n for n, one in enumerate(told) if words in one) for words in ("late", "restart it")}
    assert first["late"] < first["restart it"], told
    assert "works again" in told[-1], told


def test_a_call_waits_no_longer_than_its_patience_and_the_next_ones_do_not_wait_for_an_engine_that_hangs(
    doorway: Doorway, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_health, "PATIENCE_SECONDS", 2.0)
    monkeypatch.setattr(local_runner, "PATIENCE_SECONDS", 2.0)
    doorway.open()
    with closing(open_runner(own)) as runner:
        assert runner.run(job(TRIVIAL)).status == "success"
        doorway.open(late_seconds=600.0)
        eventually(lambda: runner.health().late)
        began = time.monotonic()
        with pytest.raises(EngineUnavailable):
            runner.run(job(TRIVIAL))
        assert time.monotonic() - began < patience(6)
        eventually(lambda: "does not answer, for" in runner.health().reason)
        began = time.monotonic()
        with pytest.raises(EngineUnavailable, match="does not answer, for"):
            runner.run(job(TRIVIAL))
        assert time.monotonic() - began < patience(2.5)


def test_health_is_told_soon_while_the_engine_is_late(doorway: Doorway, own: Settings) -> None:
    doorway.open()
    with closing(open_runner(own)) as runner:
        well = runner.health()
        assert (well.ready, well.late) == (True, "")
        doorway.open(late_seconds=4.0)
        eventually(lambda: runner.health().late)
        late = runner.health()
        assert (late.ready, late.image, late.away) == (True, well.image, False)
        began = time.monotonic()
        runner.health()
        assert time.monotonic() - began < patience(2)
        doorway.open()


def test_what_is_sent_is_read_by_a_late_engine_and_not_by_a_stopped_one(doorway: Doorway) -> None:
    doorway.open(late_seconds=4.0)
    eventually(is_request_read)
    doorway.freeze()
    assert not is_request_read()
    doorway.close()
    with pytest.raises(EngineUnavailable, match="not running"):
        is_request_read()
