"""A fixture that many tests share and that cannot be made is one failure: the tests after the first are skipped."""

from __future__ import annotations

from collections.abc import Generator

import pytest


class BrokenFixtures:
    """What set-up raised, by the test that met it first. pytest raises the same exception for every later one."""

    def __init__(self) -> None:
        self._met: dict[int, tuple[BaseException, str]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """After each step of a test."""
        report = yield
        if report.when == "setup" and report.failed and call.excinfo is not None:
            raised = call.excinfo.value
            # The exception is kept with its id, which would otherwise be given to another one.
            _, first = self._met.setdefault(id(raised), (raised, item.nodeid))
            if first != item.nodeid:
                path, line, _ = item.location
                report.outcome = "skipped"
                report.longrepr = (path, (line or 0) + 1, f"NOT TESTED, a fixture is broken: see the error of {first}")
        return report


def pytest_configure(config: pytest.Config) -> None:
    """Look in every process that runs tests."""
    config.pluginmanager.register(BrokenFixtures())
