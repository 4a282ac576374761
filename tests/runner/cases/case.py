"""One thing that a script may do, and how its run ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ANYTHING = object()
"""A result that the case says nothing about."""


@dataclass(frozen=True, slots=True)
class Case:
    """A main.py and the end of its run.

    ``end`` is ``success`` or the kind of the failure; several words, where chance decides between them. ``result`` is
    the JSON value of a success, or, as bytes, its very text. ``served`` is the end as the service tells it, where that
    checks more than the runner does. A case whose end is ``timeout`` is given a limit of one second.
    """

    source: str
    end: str
    result: Any = ANYTHING
    entry: Literal["function", "script"] = "function"
    served: str | None = None
    memory_mb: int = 256

    @property
    def timeout_seconds(self) -> float:
        """The limit to run it with: short where it is going to be used up."""
        return 1.0 if self.end == "timeout" else 10.0
