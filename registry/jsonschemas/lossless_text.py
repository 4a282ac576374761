"""JSON in a text, read only where nothing of what the text says is lost."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Final

from registry.errors import InputRefused
from registry.json_text import MAX_DEPTH, loads
from registry.model import Json

_SPACE: Final = " \t\r\n"
_BEGINNINGS: Final = frozenset('[{"-0123456789')
_WORDS: Final = frozenset({"true", "false", "null"})
_MAX_FRACTION_CHARACTERS: Final = 400


def may_hold_json(text: str) -> bool:
    """Whether reading it as JSON may succeed, told from its beginning."""
    start = text[:1] if text[:1] not in _SPACE else text.lstrip(_SPACE)[:1]
    return start in _BEGINNINGS or (start in ("t", "f", "n") and text.strip(_SPACE) in _WORDS)


def read_lossless(text: str, max_depth: int = MAX_DEPTH) -> Json:
    """The JSON value that a text holds. Raises InputRefused where it holds none, or a number that a float changes."""
    value = loads(text, max_depth=max_depth)
    if isinstance(value, float) and not _says_the_same(text.strip(_SPACE), value):
        raise InputRefused("The number has more digits than a float holds.")
    return value


def _says_the_same(text: str, value: float) -> bool:
    if len(text) > _MAX_FRACTION_CHARACTERS or not math.isfinite(value):
        return False
    try:
        return Decimal(text) == Decimal(repr(value))
    except InvalidOperation:
        return False
