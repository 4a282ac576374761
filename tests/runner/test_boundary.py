"""The longest limit there is, in its true length: an end just before it, and one just after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from runner import Outcome, Runner
from tests.waiting import patience

from .conftest import job

pytestmark = pytest.mark.engine
LIMIT_SECONDS = 30.0
TOOL = "import time\ndef main():\n time.sleep({seconds})\n return 'delivered'"


def ends(runner: Runner, *seconds: float) -> list[Outcome]:
    """What ends after each time, all at once."""
    with ThreadPoolExecutor(len(seconds)) as threads:
        jobs = [job(TOOL.format(seconds=one), timeout_seconds=LIMIT_SECONDS) for one in seconds]
        return list(threads.map(runner.run, jobs))


def test_an_end_around_thirty_seconds_is_delivered_or_killed_and_never_both(runner: Runner) -> None:
    before, close, after = ends(runner, 29.0, 29.9, 30.1)
    assert (before.status, before.result, before.failure) == ("success", b'"delivered"', None)
    assert (after.status, after.result, after.failure and after.failure.kind) == ("timeout", None, "timeout")
    assert 29_950 <= after.duration_ms <= 30_000 + patience(1_500)
    # A tenth of a second is not much on a busy machine: whichever it was, it was that alone.
    delivered = (close.status, close.result, close.failure) == ("success", b'"delivered"', None)
    killed = (close.status, close.result) == ("timeout", None) and close.failure is not None
    assert delivered != killed
    assert (close.duration_ms < 30_000) == delivered
