"""Whose turn it is at the Docker engine, where tests run side by side.

Tests of the engine share it. One that makes very many sandboxes at once, or measures how soon an answer comes, is
marked ``engine(alone=True)``: it waits until no other test uses the engine, and while it runs the others of the engine
wait. What needs no engine goes on.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def engine_turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the engine, together with whoever shares it or alone.

    Whoever waits to be alone holds the gate, where everybody else waits too: its turn comes when those that share the
    engine now are done, however many come after them.
    """
    with (folder / "gate").open("w") as gate, (folder / "engine").open("w") as engine:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(engine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield


class EngineTurns:
    """Lets each test of the engine take its turn. The wait for it is not part of the test, nor of its time limit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Around one test with its fixtures."""
        mark = item.get_closest_marker("engine")
        if mark is None:
            return (yield)
        with engine_turn(self._folder, alone=mark.kwargs.get("alone", False)):
            return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Take turns with the other processes of this run, and with other runs of this checkout."""
    if getattr(config, "cache", None) is not None:  # absent with -p no:cacheprovider
        config.pluginmanager.register(EngineTurns(config.cache.mkdir("engine")))
