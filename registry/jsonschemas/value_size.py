"""How large a JSON value is, level by level: what the work of checking it is estimated from."""

from __future__ import annotations

from typing import NamedTuple

from registry.model import Json

_LIMB_BITS = 64
_BIG = 1 << 63
_TINY, _HUGE = 1e-20, 1e20
_EXTREME = 10  # a fraction far from 1 is compared exactly, by integers of up to 1,100 bits


class Level(NamedTuple):
    """The values at one distance from the root: how many, how many of them are numbers that are slow to compare, and
    the bytes (at most) of their texts and of the names that they stand under.

    An integer beyond 64 bits counts among the slow ones with the square of its length: so it is converted. A fraction
    that is far from 1 counts as ten.
    """

    values: int
    slow_numbers: int
    text_bytes: int


Size = tuple[Level, ...]


def measure_value(value: Json) -> Size:
    """The size of ``value``, found without recursion. Raises TypeError for an object with a name that is no text."""
    levels: list[Level] = []
    here, names = [value], 0
    while here:
        below: list[Json] = []
        slow, text, names_below = 0, names, 0
        for node in here:
            kind = type(node)
            if kind is str:
                text += _text_bytes(node)
            elif kind is list:
                below += node
            elif kind is dict:
                below += node.values()
                names_below += sum(map(_text_bytes, node))
            elif kind is float:
                slow += _EXTREME if node and not _TINY < abs(node) < _HUGE else 1
            elif kind is int and not -_BIG <= node < _BIG:
                slow += 32 + (node.bit_length() // _LIMB_BITS) ** 2
        levels.append(Level(len(here), slow, text))
        here, names = below, names_below
    return tuple(levels)


def is_extreme(number: float) -> bool:
    """Whether it is so far from 1 that the engine is slow to compare it exactly."""
    return number != 0 and not _TINY < abs(number) < _HUGE


def count_depth(size: Size) -> int:
    """How many arrays and objects stand around the innermost value."""
    return len(size) - 1


def count_values(size: Size) -> int:
    """All values in it."""
    return sum(level.values for level in size)


def count_bytes(size: Size) -> int:
    """About how much memory a copy of it takes, in values and bytes of text."""
    return sum(level.values + level.text_bytes for level in size)


def _text_bytes(text: str) -> int:
    return len(text) if str.isascii(text) else 3 * len(text)
