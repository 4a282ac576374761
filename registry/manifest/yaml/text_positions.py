"""Positions in a text: character offsets while reading, converted to lines and columns only for findings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\n|\r")


class TextPosition(NamedTuple):
    """The position of one YAML value. ``keys`` and ``items`` hold the positions below it; keys have an offset, too.

    A named tuple, because one is made for every value of every manifest, and a frozen dataclass takes three times as
    long.
    """

    offset: int
    keys: Mapping[str, tuple[int, TextPosition]] | None = None
    items: Sequence[TextPosition] | None = None

    def offset_of(self, path: Sequence[str | int]) -> int:
        """The offset of the value at ``path``: of a scalar itself, otherwise of its key. If it is absent, that of its
        nearest parent."""
        here, offset = self, self.offset
        for step in path:
            if here.keys is not None and isinstance(step, str) and step in here.keys:
                key_offset, here = here.keys[step]
                offset = here.offset if here.keys is None and here.items is None else key_offset
            elif here.items is not None and isinstance(step, int) and step < len(here.items):
                here = here.items[step]
                offset = here.offset
            else:
                break
        return offset

    def key_offset(self, path: Sequence[str | int], key: str) -> int:
        """The offset of ``key`` itself in the mapping at ``path``."""
        here = self
        for step in path:
            below = _below(here, step)
            if below is None:
                return self.offset_of(path)
            here = below
        return here.keys[key][0] if here.keys is not None and key in here.keys else self.offset_of(path)


def _below(place: TextPosition, step: str | int) -> TextPosition | None:
    if place.keys is not None and isinstance(step, str) and step in place.keys:
        return place.keys[step][1]
    if place.items is not None and isinstance(step, int) and step < len(place.items):
        return place.items[step]
    return None


def find_line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a character offset; an offset past the end counts as the end."""
    offset = min(offset, len(text))
    line, start = 1, 0
    for end in _LINE_END.finditer(text):
        if end.end() > offset:
            break
        line, start = line + 1, end.end()
    return line, offset - start + 1


def clamp_position(text: str, line: int | None, column: int | None) -> tuple[int, int]:
    """A position reported by another parser, moved inside the text."""
    lines = _LINE_END.split(text)
    line = min(max(line or 1, 1), len(lines))
    return line, min(max(column or 1, 1), len(lines[line - 1]) + 1)
