"""One line of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, how much, what was promised, and what to compare it with."""

    what: str
    found: str
    goal: str
    baseline: str
    met: bool
