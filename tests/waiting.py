"""Waiting for what is to come true, without sleeping longer than it takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.engine import containers_of

T = TypeVar("T")

# A busy machine is slow at times: a bound that is reached says that something never happens, not how long it takes.
LONG_SECONDS = 120.0
LEFT_SECONDS = 35.0
"""How long after the end of a service something of it may still be there."""


def patience(seconds: float) -> float:
    """What may take so long on a quiet machine, as long as it may take on this one, as busy as it is now.

    Where three programs wait for each core, everything takes three times as long.
    """
    running_now = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    waiting = max(running_now, *os.getloadavg()[:1]) / (os.cpu_count() or 1)
    return seconds * max(1.0, waiting)


def eventually(look: Callable[[], T], seconds: float = LONG_SECONDS, what: str = "it did not come true") -> T:
    """Look again and again until it is so; what was found then. The seconds are those of a quiet machine."""
    began = time.monotonic()
    while not (found := look()):
        assert time.monotonic() - began < patience(seconds), what
        time.sleep(0.02)
    return found


def nothing_is_left(owner: str) -> None:
    """Wait until an owner has no container; the engine removes what has ended a little later."""
    eventually(lambda: containers_of(owner) == [], LEFT_SECONDS, "containers are left behind")
