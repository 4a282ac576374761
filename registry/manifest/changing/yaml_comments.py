"""Assign the comments of a YAML text to its values (above, beside or below), so that a value can be rewritten.

A comment on its own line belongs to the value below it. If it is indented further than that value, it belongs to the
end of the collection with the same column. A comment at the end of a line belongs to that line. Empty lines are treated
like comments.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from registry.manifest.checking import Path
from registry.manifest.yaml import BREAK, SpanEntry, SpanNode

from .text_cuts import Cuts

_COMMENT = re.compile(r"(?:(?<=[\s,\[\]{}])|\A)#")
_BLANK_LINE = re.compile(rf"[ \t]*(?={BREAK}|\Z)")
_BLANK_LINES = re.compile(rf"(?:[ \t]*{BREAK})*")


@dataclass(slots=True)
class Note:
    """The comments around one value: lines above its key or dash, one beside it, lines at a collection's end.

    The lines have no indentation, and may be empty. ``literal`` is whether a text is a literal block.
    """

    above: list[str] = field(default_factory=list)
    beside: str = ""
    below: list[str] = field(default_factory=list)
    literal: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """One entry: the path of its value, the chain of entries from the outermost to itself, and its column."""

    path: Path
    chain: tuple[SpanEntry, ...]
    columns: tuple[int, ...]
    in_brackets: bool

    @property
    def entry(self) -> SpanEntry:
        return self.chain[-1]


@dataclass(frozen=True, slots=True)
class _Comment:
    """A comment or, with an empty text, an empty line. ``column`` is None for a comment beside a value."""

    offset: int
    text: str
    column: int | None


def collect_notes(text: str, root: SpanNode) -> dict[Path, Note]:
    """The notes of a text without findings, by the path of their value; the empty path is the whole text."""
    cuts = Cuts(text)
    places = list(_places(cuts, root, (), (), ()))
    notes: dict[Path, Note] = {}
    for place in places:
        if place.entry.node.style == "literal":
            notes.setdefault(place.path, Note()).literal = True
    number = 0
    for comment in _with_columns(list(_comments(cuts, root)), places):
        while number < len(places) and places[number].entry.start <= comment.offset:
            number += 1
        last = places[number - 1] if number else None
        following = places[number] if number < len(places) else None
        _attach(cuts, notes, comment, last, following)
    return notes


def find_commented_collections(notes: Mapping[Path, Note]) -> frozenset[Path]:
    """The collections that contain comments (not only empty lines), and so must not be written on one line."""
    found: set[Path] = set()
    for path, note in notes.items():
        if any(note.below):
            found.add(path)
        if note.beside or any((*note.above, *note.below)):
            found.update(path[:depth] for depth in range(len(path)))
    return frozenset(found)


def _places(
    cuts: Cuts, node: SpanNode, path: Path, chain: tuple[SpanEntry, ...], columns: tuple[int, ...]
) -> Iterator[_Place]:
    for number, entry in enumerate(node.entries):
        step: Path = (*path, node.keys[number] if node.keys else number)
        here = (*columns, cuts.column(entry.start))
        yield _Place(step, (*chain, entry), here, node.style == "brackets")
        yield from _places(cuts, entry.node, step, (*chain, entry), here)


def _comments(cuts: Cuts, root: SpanNode) -> Iterator[_Comment]:
    text, position = cuts.text, 0
    for start, end in [*_scalars(cuts, root), (len(text), len(text))]:
        while position < start:
            if cuts.line_start(position) == position and (blank := _BLANK_LINE.match(text, position, start + 1)):
                if blank.end() < start or start == len(text):
                    yield _Comment(position, "", 0)
                position = max(cuts.next_line(position), position + 1)
                continue
            line_end = min(cuts.line_end(position), start)
            found = _COMMENT.search(text, position, line_end)
            if found:
                own = cuts.is_first_in_line(found.start())
                said = text[found.start() : cuts.line_end(found.start())].rstrip(" \t")
                yield _Comment(found.start(), said, cuts.column(found.start()) if own else None)
                position = cuts.next_line(found.start())
            else:
                position = cuts.next_line(position) if line_end < start else start
        position = max(position, end)


def _scalars(cuts: Cuts, node: SpanNode) -> Iterator[tuple[int, int]]:
    """The spans in which no comment can begin: keys and scalars, except for the header of a block text."""
    if node.style in {"literal", "folded"}:
        header = cuts.line_end(node.start)
        comment = _COMMENT.search(cuts.text, node.start, header)
        if comment:
            yield node.start, comment.start()
        keeps = "+" in cuts.text[node.start : comment.start() if comment else header]
        blanks = _BLANK_LINES.match(cuts.text, node.end) if keeps else None
        yield (header if comment else node.start), blanks.end() if blanks else node.end
    elif node.style not in {"block", "brackets"}:
        yield node.start, node.end
    for entry in node.entries:
        yield entry.start, entry.key_end
        yield from _scalars(cuts, entry.node)


def _with_columns(comments: list[_Comment], places: list[_Place]) -> list[_Comment]:
    """The comments; empty lines get the column of the comment below them or, if there is none, of the value."""
    starts = [place.entry.start for place in places]
    result: list[_Comment] = []
    below: _Comment | None = None
    for comment in reversed(comments):
        if not comment.text:
            number = bisect_right(starts, comment.offset)
            following = places[number] if number < len(places) else None
            column = _column(following)
            if below is not None and (following is None or below.offset < following.entry.start):
                column = below.column or 0
            result.append(replace(comment, column=column))
            continue
        if comment.column is not None:
            below = comment
        result.append(comment)
    return result[::-1]


def _column(place: _Place | None) -> int:
    return place.columns[-1] if place is not None else 0


def _attach(
    cuts: Cuts, notes: dict[Path, Note], comment: _Comment, last: _Place | None, following: _Place | None
) -> None:
    def note(path: Path) -> Note:
        return notes.setdefault(path, Note())

    if last is None:
        note(()).above.append(comment.text)
    elif comment.column is None:
        beside = note(_beside(cuts, comment, last))
        beside.beside = f"{beside.beside} {comment.text}".strip()
    elif last.entry.node.start > comment.offset and not last.entry.node.entries:
        note(last.path).above.append(comment.text)
    elif following is not None and (
        comment.column <= following.columns[-1] or (following.in_brackets and len(following.path) >= len(last.path))
    ):
        note(following.path).above.append(comment.text)
    else:
        note(_ended(comment.column, last)).below.append(comment.text)


def _beside(cuts: Cuts, comment: _Comment, last: _Place) -> Path:
    """The outermost value in brackets that ends before the comment on its line; otherwise the last that began."""
    line = cuts.line(comment.offset)
    for depth, entry in enumerate(last.chain, 1):
        in_line = entry.end <= comment.offset and cuts.line(max(entry.end - 1, entry.start)) == line
        if in_line and entry.node.style != "block":
            return last.path[:depth]
    return last.path


def _ended(column: int, last: _Place) -> Path:
    """The collection at whose end a comment is: the innermost whose entries are not indented further."""
    depth = max((number for number, other in enumerate(last.columns) if other <= column), default=0)
    return last.path[:depth]
