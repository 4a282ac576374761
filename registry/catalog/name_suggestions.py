"""Names that somebody may have meant who wrote another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_AT_MOST = 3
_LONGEST = 64  # of a tool's name


def suggest_names(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of ``names`` that look like ``name``, the likeliest first."""
    written = name.strip().casefold().replace("-", "_").replace(" ", "_")
    if len(written) > _LONGEST:
        return ()
    return tuple(get_close_matches(written, list(names), _AT_MOST))
