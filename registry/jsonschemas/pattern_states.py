"""How large the machine of a regular expression is: in the worst case each character is tried at each of its places."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OUTSIDE = (
    r"\\[pP]\{[^}]{0,100}\}|\\[xu]\{[^}]{0,100}\}|\\."
    r"|\{(?P<least>\d*+)(?P<range>,?)(?P<most>\d*+)\}|[()|*+?]|."
)
# A class that nothing closes is read to the end once, and not again from each [ in it: hence possessive (*+).
_CLASS = r"\[\^?\]?(?:\[[^\[\]]{0,100}\]|\\.|[^\]\\])*+(?:\]|(?P<unclosed>))"
_TOKEN = re.compile(f"{_CLASS}|{_OUTSIDE}", re.DOTALL)
_TOKEN_OUTSIDE = re.compile(_OUTSIDE, re.DOTALL)
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
    for token in _find_tokens(pattern):
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


def _find_tokens(pattern: str) -> Iterator[re.Match[str]]:
    """The pieces of an expression; from a class on that nothing closes, as if no class began there."""
    for token in _TOKEN.finditer(pattern):
        if token["unclosed"] is not None:
            yield from _TOKEN_OUTSIDE.finditer(pattern, token.start())
            return
        yield token


def _times(token: re.Match[str]) -> int:
    return max(1, *(int(digits[:6]) for digits in (token["least"], token["most"]) if digits))
