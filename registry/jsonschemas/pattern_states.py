"""How large the machine of a regular expression is: in the worst case each character is tried at each of its places."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\u\{[^}]*\}|\\.|\[(?:\^?\]?)(?:\[[^\]]*\]|\\.|[^\]\\])*\]"
    r"|\{(?P<least>\d*)(?P<range>,?)(?P<most>\d*)\}|[()|*+?]|.",
    re.DOTALL,
)
_SMALL = 12  # such a machine has fewer combined states than the engine keeps, so that each character costs one step
_TRIED = 4  # units for one place of the machine and one character
MAX_COUNTED = 10_000_000


def count_units_per_character(pattern: str) -> int:
    """An upper bound for the work of matching ``pattern``, for each character of a text."""
    states = count_states(pattern)
    return 1 if states < _SMALL else _TRIED * states


def count_states(pattern: str, *, unicode_class: int = 1) -> int:
    """The places of the expression with its counted repetitions written out, at most 10,000,000.

    ``unicode_class`` is how many a class such as ``\\p{L}`` counts for. Never raises: an expression with mistakes is
    counted somehow, and refused elsewhere.
    """
    groups: list[int] = []  # what stands before the open brackets
    total, last = 0, 0  # in this bracket; of its last piece, which a repetition would multiply
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if text == "(":
            groups.append(total)
            total, last = 0, 0
        elif text == ")":
            last = total
            total += groups.pop() if groups else 0
        elif token["range"] is not None and (token["least"] or token["most"]):
            total += last * (_times(token) - 1)
            last *= _times(token)
        elif text not in "|*+?":
            last = unicode_class if text[:2] in ("\\p", "\\P") else 1
            total += last
        total = min(total, MAX_COUNTED)
    return sum(groups) + total


def _times(token: re.Match[str]) -> int:
    return max(1, *(int(digits[:6]) for digits in (token["least"], token["most"]) if digits))
