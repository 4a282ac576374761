"""The spans of characters of each value, key and item of a tool.yaml; amending cuts along them.

They come from the same events as the value. The text must have been read without a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from .strict_reader import read_events

Style = Literal["plain", "single", "double", "literal", "folded", "block", "brackets"]
_STYLES: dict[str, Style] = {"": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}
# The line ends of libyaml, some of which YAML 1.2 no longer has.
BREAK = r"(?:\r\n|[\n\r\x85\u2028\u2029])"
LINE_BREAK = re.compile(BREAK)
_BREAKS = "\r\n\x85\u2028\u2029"
_SKIP = rf"(?:[ \t]*(?:#[^{_BREAKS}]*)?{BREAK})*[ \t]*"
_COLON = re.compile(_SKIP + ":")
_DASH = re.compile(_SKIP + "-")
_QUESTION = re.compile(r"\?[ \t]*\Z")

_Event = Any  # PyYAML's C events and marks have no stubs worth the name


@dataclass(frozen=True, slots=True)
class SpanEntry:
    """One key with its value, or one item. ``start`` is that of the key, the dash or, between brackets, the item.

    ``key_end`` is the end of the key; ``slot`` the offset after the colon or dash, None if there is none.
    """

    start: int
    key_end: int
    slot: int | None
    node: SpanNode

    @property
    def end(self) -> int:
        """The offset after the entry's last character."""
        return max(self.node.end, self.key_end, self.slot or 0)


@dataclass(frozen=True, slots=True)
class SpanNode:
    """One value: its characters are ``text[start:end]``, none if it is absent. ``keys`` are those of ``entries``."""

    start: int
    end: int
    style: Style
    entries: tuple[SpanEntry, ...] = ()
    keys: tuple[str, ...] = ()

    def keeps_empty_lines(self, text: str) -> bool:
        """Whether empty lines below would become part of the value, because it ends in a block text with ``+``."""
        if self.entries:
            return self.entries[-1].node.keeps_empty_lines(text)
        if self.style not in {"literal", "folded"}:
            return False
        header = LINE_BREAK.split(text[self.start : self.end], maxsplit=1)[0]
        return "+" in header.split("#", maxsplit=1)[0]

    @property
    def depth(self) -> int:
        """The number of levels of collections, itself included."""
        return 1 + max((entry.node.depth for entry in self.entries), default=0)


def read_spans(text: str) -> SpanNode:
    """The root value of a text without findings."""
    events = read_events(text)
    while type(next(events)) is not yaml.DocumentStartEvent:
        pass
    return _node(text, next(events), events)


def _node(text: str, event: _Event, events: Iterator[_Event]) -> SpanNode:
    start: int = event.start_mark.index
    kind = type(event)  # narrows nothing for mypy, whose stubs know no marks of C events
    if kind is yaml.ScalarEvent:
        style = _STYLES[event.style or ""]
        end: int = event.end_mark.index
        return SpanNode(start, _block_end(text, start, end) if style in {"literal", "folded"} else end, style)
    brackets = bool(event.flow_style)
    if kind is yaml.MappingStartEvent:
        keys, entries, end = _mapping(text, events)
    else:
        keys, (entries, end) = (), _sequence(text, start, events, brackets=brackets)
    if not brackets or text[start : start + 1] not in {"{", "["}:
        end = entries[-1].end  # libyaml's end mark of a block is where the next token starts
    return SpanNode(start, end, "brackets" if brackets else "block", tuple(entries), tuple(keys))


def _mapping(text: str, events: Iterator[_Event]) -> tuple[tuple[str, ...], list[SpanEntry], int]:
    keys: list[str] = []
    entries: list[SpanEntry] = []
    for event in events:
        kind = type(event)
        if kind is yaml.MappingEndEvent:
            return tuple(keys), entries, event.end_mark.index
        start, key_end = event.start_mark.index, event.end_mark.index
        node = _node(text, next(events), events)
        colon = _COLON.match(text, key_end, max(node.start, key_end + 1))
        question = _QUESTION.search(text, max(0, start - 80), start)
        keys.append(event.value)
        entries.append(
            SpanEntry(question.start() if question else start, key_end, colon.end() if colon else None, node)
        )
    raise AssertionError("the events of a readable text are balanced")


def _sequence(text: str, start: int, events: Iterator[_Event], *, brackets: bool) -> tuple[list[SpanEntry], int]:
    entries: list[SpanEntry] = []
    position = start
    for event in events:
        kind = type(event)
        if kind is yaml.SequenceEndEvent:
            return entries, event.end_mark.index
        node = _node(text, event, events)
        dash = None if brackets else _DASH.match(text, position)
        entries.append(
            SpanEntry(dash.end() - 1, dash.end(), dash.end(), node)
            if dash
            else SpanEntry(node.start, node.start, None, node)
        )
        position = entries[-1].end
    raise AssertionError("the events of a readable text are balanced")


def _block_end(text: str, start: int, end: int) -> int:
    """The end of a block scalar's last line, without empty lines below that do not belong to it."""
    lines = [(found.start(), found.end()) for found in LINE_BREAK.finditer(text, start, end)]
    header_end = lines[0][0] if lines else end
    if "+" in text[start:header_end].split("#", maxsplit=1)[0]:
        return lines[-1][0] if lines and lines[-1][1] == end else end
    kept = text[start:end].rstrip(" \t" + _BREAKS)
    return next((begin for begin, _ in lines if begin >= start + len(kept)), end)
