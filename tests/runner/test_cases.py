"""Whatever a script does, its run ends as it must, in real sandboxes, and harms nobody else."""

from __future__ import annotations

import json

import pytest

from tests.waiting import patience

from .cases import ALL, ANYTHING, ENDLESS
from .conftest import Run

pytestmark = pytest.mark.engine
# The figure is the benchmark's; this only tells a kill at the limit from one that never came.
LATE_MS = 2000


@pytest.mark.parametrize("name", ALL)
def test_it_ends_as_it_must(name: str, run: Run) -> None:
    case = ALL[name]
    outcome = run(case.source, entry=case.entry, timeout_seconds=case.timeout_seconds, memory_mb=case.memory_mb)
    end = outcome.failure.kind if outcome.failure else outcome.status
    assert end in case.end.split(), outcome
    assert (outcome.result is not None) == (outcome.status == "success"), "delivered or failed, never both"
    assert len(outcome.stdout.encode()) + len(outcome.stderr.encode()) <= 3 * 256 * 1024
    if outcome.result is not None and case.result is not ANYTHING:
        found = outcome.result if isinstance(case.result, bytes) else json.loads(outcome.result)
        assert found == case.result
    if end == "timeout":
        assert -50 <= outcome.duration_ms - case.timeout_seconds * 1000 <= patience(LATE_MS)
    assert "harness" not in outcome.stderr, "no frame of ours is shown"


def test_what_never_ends_is_tried_with_a_limit() -> None:
    assert all(case.end == "timeout" for case in ENDLESS.values())
