"""What one column holds."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{4,18}(Z|[+-][0-9:]{2,6})?)?")
_BOOLEAN = re.compile(r"true|false|yes|no", re.IGNORECASE)
_TYPES = (("integer", _INTEGER), ("number", _NUMBER), ("date", _DATE), ("boolean", _BOOLEAN))


def profile(name: str, cells: Sequence[str]) -> dict:
    """The profile of a column: its type is the narrowest one that every filled cell has."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    counted = Counter(filled)
    kind = _type_of(counted) if filled else "empty"
    top = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:5]
    return {
        "name": name.strip()[:200],
        "type": kind,
        "empty": len(cells) - len(filled),
        "distinct": len(counted),
        "top": [{"value": value[:200], "count": count} for value, count in top],
        **_figures([float(cell) for cell in filled] if kind in ("integer", "number") else []),
    }


def _type_of(values: Counter[str]) -> str:
    return next((kind for kind, shape in _TYPES if all(shape.fullmatch(value) for value in values)), "text")


def _figures(numbers: list[float]) -> dict:
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return dict.fromkeys(("minimum", "maximum", "mean", "median"))
    figures = {
        "minimum": min(finite),
        "maximum": max(finite),
        "mean": statistics.fmean(finite),
        "median": statistics.median(finite),
    }
    return {key: _shown(value) for key, value in figures.items()}


def _shown(value: float) -> float | int | None:
    if not math.isfinite(value):  # the mean of very large numbers
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else round(value, 6)
