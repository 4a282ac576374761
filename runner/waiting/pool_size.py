"""How many sandboxes of a kind should wait: from a floor up to a ceiling, by the concurrency of the last minutes."""

from __future__ import annotations

import math
import time

_SPAN_SECONDS = 90.0
_MORE = 4


class PoolSize:
    """Counts the calls under way and remembers the most there were in this span of time and the one before."""

    def __init__(self, *, most: int, floor: int = 0) -> None:
        self.floor = floor
        self.now = 0
        self._most = most
        self._peak = 0
        self._peak_before = 0
        self._span_began = time.monotonic()

    def begin(self) -> None:
        """A call begins."""
        self._turn()
        self.now += 1
        self._peak = max(self._peak, self.now)

    def see(self, now: int) -> None:
        """So many calls are under way, as somebody else has counted."""
        self._turn()
        self.now = now
        self._peak = max(self._peak, now)

    def end(self) -> None:
        """A call ended."""
        self._turn()
        self.now -= 1

    def target(self, times: float = 1.0) -> int:
        """How many should wait now: as many as could be asked for at once, less those that are in use.

        ``times`` as many as lately, where it is known that more calls come than came to this process.
        """
        peak = math.ceil(self.peak * times)
        # Of the next calls at once this process may get more than of the last; and the next may come before another
        # sandbox waits.
        more = max(1, peak // _MORE) if peak else 0
        return min(self._most, max(self.floor, peak + more - self.now))

    @property
    def peak(self) -> int:
        """The most that were in use at once lately."""
        self._turn()
        return max(self._peak, self._peak_before)

    def forget(self) -> None:
        """Nobody will ask for this kind again, whatever was asked for lately."""
        self._peak = self._peak_before = self.now

    @property
    def over(self) -> bool:
        """Whether nobody needs this kind any more."""
        return self.now == 0 and self.target() == 0

    def _turn(self) -> None:
        now = time.monotonic()
        while now - self._span_began >= _SPAN_SECONDS:
            self._peak_before, self._peak = self._peak, self.now
            self._span_began += _SPAN_SECONDS
            if now - self._span_began >= _SPAN_SECONDS and self._peak == self._peak_before == self.now:
                self._span_began = now  # nothing changes in the spans that were slept through
