"""What a run of tests cost: printed at its end, the dearest tests first, then the sums by folder.

CPU seconds are those of the process that ran the test and of the programs it started and waited for. They say more
than seconds on a machine that others use too; what the Docker engine did for a test is in the seconds alone.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_DEAREST = 10
_CPU_SECONDS = "cpu_seconds"


@dataclass
class Cost:
    """Seconds of one test's steps (its fixtures' too), or of all tests of a folder."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    tests: set[str] = field(default_factory=set)

    def add(self, report: pytest.TestReport) -> None:
        """Count one step: set-up, the test itself, or tear-down."""
        self.seconds += report.duration
        measured = dict(report.user_properties).get(_CPU_SECONDS)
        self.cpu_seconds += measured if isinstance(measured, float) else 0.0
        self.tests.add(report.nodeid)


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended and were waited for."""
    return sum(os.times()[:4])


class CostMeter:
    """Where the tests run: writes each step's CPU seconds into its report, which xdist carries to the controller."""

    def __init__(self) -> None:
        self._before = cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """After each step of a test."""
        report = yield
        now = cpu_seconds()
        report.user_properties.append((_CPU_SECONDS, now - self._before))
        self._before = now
        return report


class CostSummary:
    """Where the run ends: adds up and prints."""

    def __init__(self) -> None:
        self._tests: dict[str, Cost] = defaultdict(Cost)
        self._folders: dict[str, Cost] = defaultdict(Cost)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one step of one test."""
        self._tests[report.nodeid].add(report)
        self._folders[str(Path(report.fspath).parent)].add(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the dearest tests and the folders."""
        if not self._tests:
            return
        dearest = sorted(self._tests.items(), key=lambda one: one[1].seconds, reverse=True)[:_DEAREST]
        terminalreporter.section(f"the {len(dearest)} slowest tests")
        for name, cost in dearest:
            terminalreporter.write_line(f"{cost.seconds:8.1f} s {cost.cpu_seconds:8.1f} CPU-s  {name}")
        terminalreporter.section("seconds by folder")
        for folder, cost in sorted(self._folders.items(), key=lambda one: one[1].seconds, reverse=True):
            count = len(cost.tests)
            terminalreporter.write_line(
                f"{cost.seconds:8.1f} s {cost.cpu_seconds:8.1f} CPU-s {count:5} tests  {folder}"
            )


def pytest_configure(config: pytest.Config) -> None:
    """Measure in every process; add up in the one that reports."""
    config.pluginmanager.register(CostMeter())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(CostSummary())
