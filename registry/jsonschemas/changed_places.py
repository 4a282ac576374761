"""Where two values differ, as JSON pointers: few and short ones, however much differs."""

from __future__ import annotations

from typing import Any, Final

from registry.model import Json

from .fault_wording import make_pointer
from .subschemas import Path

MAX_PLACES: Final = 100
MAX_POINTER_CHARACTERS: Final = 300


def list_changed_places(before: Json, after: Json) -> tuple[str, ...]:
    """Pointers to the values in ``before`` in whose place ``after`` has another one, in the order of ``before``.

    1 and 1.0 differ here. Where more than 100 would be named, the array or object that holds them is named instead, and
    so it is where a pointer would have more than 300 characters. What only one of the two has is not looked at.
    """
    pointers = [_shortened(path) for path in _changed(before, after)]
    return tuple(dict.fromkeys(pointers))


def _changed(before: Any, after: Any) -> list[Path]:
    """Paths from ``before``; no more than there may be, so that their number does not grow on the way up."""
    if before is after:
        return []
    if type(before) is not type(after):
        return [()]
    if not isinstance(before, dict | list):
        return [] if before == after else [()]
    found: list[Path] = []
    for step, one in before.items() if isinstance(before, dict) else enumerate(before[: len(after)]):
        if isinstance(before, list) or step in after:
            found += [(step, *rest) for rest in _changed(one, after[step])]
            if len(found) > MAX_PLACES:
                return [()]
    return found


def _shortened(path: Path) -> str:
    while len(pointer := make_pointer(path)) > MAX_POINTER_CHARACTERS:
        path = path[:-1]
    return pointer
