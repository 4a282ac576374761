"""What scripts do to the sandbox that runs them, as data: every case is run with and without a pool, and served."""

from __future__ import annotations

from .bounds import CASES as BOUNDS
from .case import ANYTHING, Case
from .endless import CASES as ENDLESS
from .powers import CASES as POWERS
from .processes import CASES as PROCESSES
from .results import CASES as RESULTS

__all__ = ["ALL", "ANYTHING", "BOUNDS", "ENDLESS", "POWERS", "PROCESSES", "RESULTS", "Case"]

ALL: dict[str, Case] = {}
for _table in (RESULTS, BOUNDS, PROCESSES, POWERS, ENDLESS):
    for _name, _case in _table.items():
        if _name in ALL:
            raise AssertionError(f"two cases are named {_name!r}")
        ALL[_name] = _case
