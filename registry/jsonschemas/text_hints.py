"""What to send instead of a text, where a text is refused: most often the text says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from registry.errors import InputRefused

from .lossless_text import read_lossless

_READ_CHARACTERS: Final = 2000
"""A longer text is judged by its ends: a message may be made for each of a thousand texts."""
_OTHER_WORDS: Final = {"true": "true", "false": "false", "none": "null", "null": "null", "nil": "null"}
_NO_NUMBERS: Final = {"nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
_NUMBER_LIKE: Final = re.compile(
    r"[+-]?[0-9][0-9_,' ]*(\.[0-9]*)?([eE][+-]?[0-9]+)?|[+-]?\.[0-9]+|0[xXoObB][0-9a-fA-F_]+"
)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BRACKETS: Final = {"array": ("[", "]"), "object": ("{", "}")}


def hint_at_value(text: str, types: Sequence[str]) -> str:
    """What to send instead of ``text`` where one of ``types``, none of them string, is wanted; empty where it does not
    say so itself."""
    bare = text.strip()
    for kind, (start, end) in _BRACKETS.items():
        if kind in types and bare.startswith(start) and bare.endswith(end):
            return _hint_at_container(bare, kind)
    if len(bare) > _READ_CHARACTERS:
        return ""
    if bare.startswith('"') and bare.endswith('"') and len(bare) > 1:
        return "it holds JSON text in JSON text; send the value itself, not its text"
    word = _OTHER_WORDS.get(bare.lower())
    if word is not None and ("null" if word == "null" else "boolean") in types:
        return f"it holds JSON text; send {word} itself" if bare == word else f"{bare} is no word of JSON; send {word}"
    if {"integer", "number"}.isdisjoint(types):
        return ""
    return _hint_at_number(bare, types)


def _hint_at_container(bare: str, kind: str) -> str:
    if len(bare) > _READ_CHARACTERS:
        return f"it seems to hold JSON text; send the {kind} itself"
    try:
        read_lossless(bare)
    except InputRefused as refused:
        why = str(refused).removeprefix("Not valid JSON").strip(" .:")
        return f"what it holds is not valid JSON ({why[:80]}); send the {kind} itself"
    return f"it holds JSON text; send the {kind} itself"


def _hint_at_number(bare: str, types: Sequence[str]) -> str:
    kind = "number" if "number" in types else "integer"
    if bare.lower() in _NO_NUMBERS:
        return f"JSON has no {bare}"
    if len(bare) > 100 or not _NUMBER_LIKE.fullmatch(bare):  # noqa: PLR2004 -- no number that is meant is longer
        return ""
    try:
        value = read_lossless(bare)
    except InputRefused:
        if _NUMBER.fullmatch(bare):
            return "it holds a number that is too large or has more digits than are kept"
        return f"it holds no number as JSON writes one; send the {kind} itself"
    if kind == "integer" and isinstance(value, float) and not value.is_integer():
        return "it holds a fraction"
    return f"it holds JSON text; send the {kind} itself, without quotes"
