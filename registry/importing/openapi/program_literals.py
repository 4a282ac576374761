"""Values as Python text. What others wrote is data in it and never code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def write_value(name: str, keywords: Mapping[str, Any], positional: tuple[str, ...]) -> str:
    """A call of a dataclass: these keywords by position as far as they are there, the others by name."""
    parts = []
    by_position = True
    for key in positional:
        by_position = by_position and key in keywords
        if key in keywords:
            parts.append(write_literal(keywords[key]) if by_position else f"{key}={write_literal(keywords[key])}")
    parts += [f"{key}={write_literal(value)}" for key, value in keywords.items() if key not in positional]
    return f"{name}({', '.join(parts)})"


def write_literal(value: Any) -> str:
    """Python for a text, a truth, or a tuple of texts."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(write_literal, value)) + ("," if len(value) == 1 else "") + ")"
    written = json.dumps(str(value), ensure_ascii=False)
    # JSON writes a character beyond U+FFFF as two escapes, which are two characters in Python.
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in written)
