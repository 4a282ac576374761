"""A text with the cuts to be made in it, and the offsets of its lines."""

from __future__ import annotations

import re

from registry.manifest.yaml import BREAK, LINE_BREAK

_COMMENT_LINE = re.compile(r"([ \t]*)#")
_REST_IS_COMMENT = re.compile(rf"[ \t]*(?:#|{BREAK}|\Z)")


class UnfitError(Exception):
    """The change cannot be made by cutting here; a larger part must be rewritten."""


class Cuts:
    """One text and the cuts requested so far; they must not overlap."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = LINE_BREAK.search(text)
        self.newline = found.group() if found and found.group() in {"\n", "\r\n", "\r"} else "\n"
        breaks = list(LINE_BREAK.finditer(text))
        self._starts = [0, *(one.end() for one in breaks)]
        self._ends = [*(one.start() for one in breaks), len(text)]
        self.made: list[tuple[int, int, str]] = []

    def cut(self, start: int, end: int, text: str = "") -> None:
        """Replace ``start`` to ``end`` by ``text``. Several insertions at one offset keep their order."""
        self.made.append((start, end, text))

    def result(self) -> str:
        """The text with all cuts made. Raises UnfitError if two overlap."""
        parts: list[str] = []
        position = 0
        for start, end, text in sorted(self.made, key=lambda cut: cut[:2]):
            if start < position:
                raise UnfitError
            parts += [self.text[position:start], text]
            position = end
        return "".join([*parts, self.text[position:]])

    def line(self, offset: int) -> int:
        """The number, from 0, of the line that contains ``offset``."""
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle)
        return low

    def line_start(self, offset: int) -> int:
        """The offset at which the line of ``offset`` begins."""
        return self._starts[self.line(offset)]

    def line_end(self, offset: int) -> int:
        """The offset at which the line of ``offset`` ends, before its line break."""
        return self._ends[self.line(offset)]

    def next_line(self, offset: int) -> int:
        """The offset at which the line after that of ``offset`` begins, or the end of the text."""
        number = self.line(offset) + 1
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def column(self, offset: int) -> int:
        """The number of characters before ``offset`` in its line."""
        return offset - self.line_start(offset)

    def is_first_in_line(self, offset: int) -> bool:
        """Whether only blanks are before ``offset`` in its line."""
        return not self.text[self.line_start(offset) : offset].strip(" \t")

    def is_last_in_line(self, offset: int) -> bool:
        """Whether only blanks or a comment are after ``offset`` in its line."""
        return _REST_IS_COMMENT.match(self.text, offset) is not None

    def has_break(self, start: int, end: int) -> bool:
        """Whether a line ends between two offsets."""
        return self.line(start) != self.line(end)

    def top(self, offset: int) -> int:
        """The beginning of the line of ``offset``, or of the first comment line above that belongs to it.

        A comment belongs to the line below it if both have the same column and no empty line is between them. A comment
        that begins on the first line belongs to the file.
        """
        number = first = self.line(offset)
        column = self.column(offset)
        while number > 0 and self._comment_column(number - 1) == column:
            number -= 1
        return self._starts[number if number > 0 else first]

    def bottom(self, offset: int, column: int) -> int:
        """The end of the lines of an entry that ends at ``offset``, with the comments below it that are indented beyond
        ``column``."""
        number = self.line(offset) + 1
        while number < len(self._starts) and (self._comment_column(number) or 0) > column:
            number += 1
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def below_empty(self, offset: int) -> int:
        """The end of the empty lines that begin at ``offset``, which must be the beginning of a line."""
        number = self.line(offset)
        while number < len(self._starts) and not self.text[self._starts[number] : self._ends[number]].strip(" \t"):
            number += 1
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def _comment_column(self, number: int) -> int | None:
        found = _COMMENT_LINE.match(self.text, self._starts[number], self._ends[number] + 1)
        return len(found.group(1)) if found else None

    def insert_lines(self, offset: int, lines: list[str]) -> None:
        """Insert whole lines at ``offset``, which must be the beginning of a line or the end of the text."""
        if offset == len(self.text) and self._starts[-1] != offset:
            self.cut(offset, offset, "".join(self.newline + line for line in lines))
        else:
            self.cut(offset, offset, "".join(line + self.newline for line in lines))
