"""Stop work of Python's own that takes too long."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooLong(BaseException):
    """Not an Exception, so that nothing on the way takes it for a fault of its own."""


@contextmanager
def at_most(seconds: float, message: str) -> Iterator[None]:
    """Run the block for so long; then raise ValueError with ``message``. For the main thread only."""

    def expire(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except TooLong:
        raise ValueError(message) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
