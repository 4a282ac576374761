"""Units of work: what checking a value may cost, counted instead of timed, so that the same input always ends the same.

One unit is what the engine needs for the cheapest keyword at one value, about 5 ns on a machine of 2020. The weights
below and in :mod:`.work_estimate` are upper bounds that were measured keyword by keyword, so that a bound of units is
a bound of CPU time, whatever the schema and the value.
"""

from __future__ import annotations

from typing import Final

from registry.errors import ToolcribError

ALLOWED_WORK: Final = 24_000_000
"""Units that one check may spend, verdict and explanation together: about 0.12 CPU-s where the bounds are reached."""
ONE_QUESTION: Final = 10_000_000
"""Units that one question to the engine may take. It holds the interpreter meanwhile, for 0.05 s at most."""
COSTLY_VALUE: Final = ONE_QUESTION // 1_000
"""Units for a single value above which an author is told: a thousand such values are no more one question."""
STEP: Final = 800
"""One step of a search in Python."""
COUNTED: Final = 8
"""One value that is looked at in Python to learn how large something is."""


_LEAST_WORK = 200_000  # what ordinary arguments take, many times over


def share_work(parts: int) -> int:
    """What each of so many checks may spend where all of them serve one request."""
    return max(ALLOWED_WORK // max(1, parts), _LEAST_WORK)


class WorkExceeded(ToolcribError):
    """The work that was allowed is spent."""

    def __init__(self) -> None:
        super().__init__("Checking this takes more work than is allowed.")


class WorkBudget:
    """What is left of the allowed work. Used by one thread, for one check."""

    __slots__ = ("left",)

    def __init__(self, units: int = ALLOWED_WORK) -> None:
        self.left = units

    def spend(self, units: int) -> None:
        """Take ``units`` before doing what they stand for. Raises WorkExceeded where fewer are left."""
        self.left -= units
        if self.left < 0:
            raise WorkExceeded
