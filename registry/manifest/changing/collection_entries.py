"""Remove entries from a collection and insert new ones, in block style and between brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from registry.manifest.yaml import SpanEntry

from .text_cuts import Cuts

_COMMA = re.compile(r"[ \t]*,")
_BLANKS = re.compile(r"[ \t]*")


def remove_from_block(cuts: Cuts, entries: Sequence[SpanEntry], removed: set[int]) -> None:
    """Cut whole lines: those of each entry, its comments above, and comments below that are indented further.

    The caller must leave at least one entry.
    """
    column = cuts.column(entries[0].start)
    if 0 in removed and not cuts.is_first_in_line(entries[0].start):
        stays = next(number for number in range(len(entries)) if number not in removed)
        removed = removed - set(range(stays))
        _remove_beside_dash(cuts, entries[0], entries[stays - 1], entries[stays], column)
    for number in removed:
        entry = entries[number]
        end = cuts.bottom(entry.end, column)
        if number and entries[number - 1].node.keeps_empty_lines(cuts.text):
            end = cuts.below_empty(end)  # or they would become part of the text above
        cuts.cut(cuts.top(entry.start), end)


def _remove_beside_dash(cuts: Cuts, first: SpanEntry, last: SpanEntry, stays: SpanEntry, column: int) -> None:
    """Remove the entries from ``first`` to ``last``, when ``first`` is on the line of the dash of their item."""
    start = first.start
    if cuts.top(stays.start) == cuts.line_start(stays.start) and cuts.bottom(last.end, column) == cuts.line_start(
        stays.start
    ):
        cuts.cut(start, stays.start)
        return
    while cuts.text[start - 1] in " \t":
        start -= 1
    cuts.cut(start, cuts.line_end(last.end))


def insert_after(cuts: Cuts, entry: SpanEntry, column: int, lines: list[str]) -> None:
    """Insert the lines of a new entry below a block's entry."""
    cuts.insert_lines(cuts.bottom(entry.end, column), lines)


def insert_before(cuts: Cuts, entry: SpanEntry, column: int, lines: list[str]) -> None:
    """Insert the lines of a new entry above a block's entry and its comments."""
    if cuts.is_first_in_line(entry.start):
        cuts.insert_lines(cuts.top(entry.start), lines)
    else:
        below = cuts.newline.join(lines).lstrip(" ") + cuts.newline + " " * column
        cuts.cut(entry.start, entry.start, below)


def remove_from_brackets(cuts: Cuts, entries: Sequence[SpanEntry], removed: set[int]) -> None:
    """Cut entries with their commas, and their lines if they have lines of their own. The caller must leave at least
    one entry."""
    last_staying = max(number for number in range(len(entries)) if number not in removed)
    end = entries[last_staying].end
    if last_staying < len(entries) - 1 and not cuts.has_break(end, entries[-1].end):
        cuts.cut(end, entries[-1].end)
        removed = {number for number in removed if number < last_staying}
    for number in removed:
        start, end = entries[number].start, entries[number].end
        comma = _COMMA.match(cuts.text, end)
        end = comma.end() if comma else end
        if cuts.is_first_in_line(start) and cuts.is_last_in_line(end):
            cuts.cut(cuts.top(start), cuts.next_line(end))
        else:
            blanks = _BLANKS.match(cuts.text, end)
            cuts.cut(start, blanks.end() if blanks and not cuts.is_last_in_line(end) else end)


def append_in_brackets(cuts: Cuts, entry: SpanEntry, texts: list[str]) -> None:
    """Insert new entries after one; on lines of their own if that one has its own."""
    comma = _COMMA.match(cuts.text, entry.end)
    end = comma.end() if comma else entry.end
    if not (cuts.is_first_in_line(entry.start) and cuts.is_last_in_line(end)):
        cuts.cut(entry.end, entry.end, "".join(f", {text}" for text in texts))
        return
    indent = cuts.newline + " " * cuts.column(entry.start)
    if not comma:
        cuts.cut(entry.end, entry.end, ",")
    new = ",".join(indent + text for text in texts) + ("," if comma else "")
    cuts.cut(cuts.line_end(end), cuts.line_end(end), new)


def prepend_in_brackets(cuts: Cuts, entry: SpanEntry, texts: list[str]) -> None:
    """Insert new entries before one."""
    own_line = cuts.is_first_in_line(entry.start)
    between = "," + (cuts.newline + " " * cuts.column(entry.start) if own_line else " ")
    cuts.cut(entry.start, entry.start, "".join(text + between for text in texts))
