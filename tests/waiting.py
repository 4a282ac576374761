"""Waiting for what is to come true, without sleeping longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tests.engine import containers_of

T = TypeVar("T")

# A busy machine is slow at times: a bound that is reached says that something never happens, not how long it takes.
LONG_SECONDS = 120.0
LEFT_SECONDS = 35.0
"""How long after the end of a service something of it may still be there."""


def eventually(look: Callable[[], T], seconds: float = LONG_SECONDS, what: str = "it did not come true") -> T:
    """Look again and again until it is so; what was found then."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, what
        time.sleep(0.02)
    return found


def nothing_is_left(owner: str) -> None:
    """Wait until an owner has no container; the engine removes what has ended a little later."""
    eventually(lambda: containers_of(owner) == [], LEFT_SECONDS, "containers are left behind")
