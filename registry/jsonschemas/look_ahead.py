"""Regular expressions that begin with look-ahead, as pydantic's for decimal numbers does: ``^(?!^[-+.]*$)[+-]?0*…``.

The engine's linear expressions have no look-around, and its others can take for ever. But ``^``, then pieces that are
asked at the start of the text only, then the rest, is each of these once: three linear expressions, one after another.
Such expressions are given to the engine that knows look-ahead, which does just that; any other is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

import jsonschema_rs

from registry.model import Json

from .subschemas import walk_subschemas

LOOKS_AHEAD: Final = jsonschema_rs.FancyRegexOptions(backtrack_limit=1_000)
"""For schemas that :func:`needs_look_ahead` approves of; no such expression is tried at two places of a text."""
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|[()|]|[^\\\[()|]+|.", re.DOTALL)
_MOST_CHARACTERS = 1_000  # each [ is followed to the end where none closes it
_OPENING = re.compile(r"\^(?=\(\?[=!])")


def needs_look_ahead(schema: Json) -> bool:
    """Whether an expression in a schema begins with look-ahead, and all others need no more than that."""
    patterns = list(_list_patterns(schema))
    return any(map(looks_around, patterns)) and all(split_look_ahead(one) is not None for one in patterns)


def looks_around(pattern: Json) -> bool:
    """Whether an expression has look-around."""
    return isinstance(pattern, str) and _LOOK_AROUND.search(pattern) is not None


@functools.lru_cache(maxsize=1_000)
def split_look_ahead(pattern: str) -> tuple[str, ...] | None:
    """The linear expressions that an expression is made of: itself where it has no look-around; what its look-aheads
    ask, and the rest. None where it is of another form, or of more than 1,000 characters."""
    if not _LOOK_AROUND.search(pattern):
        return (pattern,) if _is_linear(pattern) else None
    if not _OPENING.match(pattern) or len(pattern) > _MOST_CHARACTERS:
        return None
    pieces: list[str] = []
    at = 1
    while pattern.startswith(("(?=", "(?!"), at):
        end = _find_closing(pattern, at)
        if end is None:
            return None
        pieces.append(pattern[at + 3 : end])
        at = end + 1
    pieces.append(pattern[at:])
    if _has_alternatives(pieces[-1]):
        return None  # the ^ is of the first alternative only
    whole = tuple(f"^(?:{piece})" for piece in pieces)
    return whole if all(not _LOOK_AROUND.search(piece) and _is_linear(piece) for piece in whole) else None


def _find_closing(pattern: str, start: int) -> int | None:
    """Where the group that opens at ``start`` closes."""
    depth = 0
    for token in _TOKEN.finditer(pattern, start):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth == 0:
            return token.start()
    return None


def _has_alternatives(pattern: str) -> bool:
    depth = 0
    for token in _TOKEN.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if token.group() == "|" and depth == 0:
            return True
    return False


def _is_linear(pattern: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except ValueError:
        return False
    return True


def _list_patterns(schema: Json) -> Iterator[str]:
    for _, node in walk_subschemas(schema):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        if isinstance(node.get("patternProperties"), dict):
            yield from (name for name in node["patternProperties"] if isinstance(name, str))
