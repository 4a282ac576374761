"""Suggestions for a mistyped name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_AT_MOST = 3
_LONGEST = 64  # of a tool's name


def suggest_names(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The ``names`` that are similar to ``name``, the most similar first."""
    written = name.strip().casefold().replace("-", "_").replace(" ", "_")
    if len(written) > _LONGEST:
        return ()
    return tuple(get_close_matches(written, list(names), _AT_MOST))
