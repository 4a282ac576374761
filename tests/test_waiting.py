"""Bounds on time are those of a quiet machine, and hold on a busy one."""

from __future__ import annotations

import os

import pytest

from tests.waiting import eventually, patience


def test_a_bound_is_as_much_longer_as_programs_wait_for_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 10_000)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert patience(2) == 2
    monkeypatch.setattr(os, "getloadavg", lambda: (150_000.0, 0.0, 0.0))
    assert patience(2) == 30


def test_what_never_comes_true_is_said() -> None:
    with pytest.raises(AssertionError, match="nothing came"):
        eventually(lambda: False, 0, "nothing came")
