"""Strict YAML: libyaml's events, YAML 1.2 core-schema scalars, and a position for every value.

Everything that makes YAML surprising is refused: anchors, aliases, merge keys, tags, duplicate keys, a second document,
keys that are not strings, and .inf/.nan, which JSON does not have.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from registry.model import Finding, Json

from .text_positions import TextPosition, clamp_position, find_line_and_column

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_INTEGER_DIGITS = 4300
MAX_FINDINGS = 100
_CONSTANTS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_PREFIXED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BLANKS = frozenset(" \t\r\n")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A read YAML file. If reading had to stop, ``value`` is None and ``complete`` is False.

    ``refused`` are the paths whose values were refused; other findings about them would be noise.
    """

    text: str
    value: Json
    place: TextPosition
    findings: tuple[Finding, ...]
    refused: frozenset[tuple[str | int, ...]]
    complete: bool


_Event = Any  # PyYAML's C events and marks have no stubs worth the name


class _Stop(Exception):
    """Nothing after this can be read; the finding is already recorded."""


def read_yaml(file: str, data: bytes) -> YamlDocument:
    """Read one YAML file of at most 64 KiB and 32 levels. Never raises: every refusal is a finding with a position."""
    if len(data) > MAX_BYTES:
        return _unread(file, "yaml-too-large", f"The file has {len(data)} bytes; at most {MAX_BYTES} are read.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = "The file is not UTF-8 from here on; save it as UTF-8."
        return _unread(file, "yaml-not-utf8", message, before, len(before))
    if text.startswith("\ufeff"):
        return _unread(file, "yaml-bom", "The file begins with a byte order mark; save it as UTF-8 without one.", text)
    return _Reader(file, text).document()


def read_events(text: str) -> Iterator[_Event]:
    """The events of a text. :mod:`.value_spans` uses them, too, for texts without findings."""
    # None ends the iteration; yaml.parse does the same with a slower generator.
    return iter(yaml.CLoader(text).get_event, None)


def _unread(file: str, code: str, message: str, text: str = "", offset: int = 0) -> YamlDocument:
    found = Finding(file, *find_line_and_column(text, offset), "error", code, message)
    return YamlDocument(text, None, TextPosition(0), (found,), frozenset(), complete=False)


class _Reader:
    """One pass over the events of one text."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._findings: list[Finding] = []
        self._refused: set[tuple[str | int, ...]] = set()
        self._path: list[str | int] = []

    def document(self) -> YamlDocument:
        value: Json = None
        place = TextPosition(0)
        complete = False
        try:
            value, place = self._root()
            complete = True
        except _Stop:
            pass
        except yaml.MarkedYAMLError as error:
            self._syntax(error.problem or error.context or "cannot be read", error.problem_mark or error.context_mark)
        except yaml.reader.ReaderError as error:
            offset = self._text.find(error.character) if isinstance(error.character, str) else int(error.position)
            if isinstance(error.character, int):
                offset = max(self._text.find(chr(error.character)), 0)
            self._note(offset, "yaml-syntax", f"Not valid YAML: {error.reason}.")
        found = tuple(self._findings)
        return YamlDocument(self._text, value if complete else None, place, found, frozenset(self._refused), complete)

    def _syntax(self, problem: str, mark: _Event) -> None:
        line, column = clamp_position(self._text, mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"Not valid YAML: {problem[:150]}."
        self._findings.append(Finding(self._file, line, column, "error", "yaml-syntax", message))

    def _root(self) -> tuple[Json, TextPosition]:
        events = read_events(self._text)
        value: Json = None
        place = TextPosition(0)
        documents = 0
        for event in events:
            kind = type(event)
            offset: int = event.start_mark.index
            if kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._note(offset, "yaml-second-document", "A tool.yaml holds one document; remove this one.")
                    break
                value, place = self._node(next(events), events)
        if not documents:
            self._note(0, "yaml-empty", "The file is empty; it must hold a mapping with name, description, parameters.")
            raise _Stop
        return value, place

    def _node(self, event: _Event, events: Iterator[_Event]) -> tuple[Json, TextPosition]:
        kind = type(event)
        offset = event.start_mark.index
        if kind is yaml.ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                self._decorated(event, offset)
            return self._scalar(event, offset), TextPosition(offset)
        if kind is yaml.AliasEvent:
            self._refuse(offset, "yaml-alias", f"Aliases (*{event.anchor[:40]}) are not read; write the value out.")
            return None, TextPosition(offset)
        if event.anchor is not None or event.tag is not None:
            self._decorated(event, offset)
        if len(self._path) >= MAX_DEPTH:
            self._note(offset, "yaml-too-deep", f"Nested deeper than {MAX_DEPTH} levels.")
            raise _Stop
        if kind is yaml.MappingStartEvent:
            return self._mapping(offset, events, flow=bool(event.flow_style))
        return self._sequence(offset, events)

    def _mapping(self, offset: int, events: Iterator[_Event], *, flow: bool) -> tuple[Json, TextPosition]:
        value: dict[str, Json] = {}
        places: dict[str, tuple[int, TextPosition]] = {}
        path = self._path
        for event in events:
            if type(event) is yaml.MappingEndEvent:
                break
            key_offset: int = event.start_mark.index
            if flow and self._is_explicit(key_offset):  # readers disagree whether {?x: 1} has the key x or ?x
                message = (
                    "In brackets a key is written without `?`; where it belongs to the text, put the text in quotes."
                )
                self._note(key_offset, "yaml-explicit-key", message)
            key, known = self._key(event, key_offset, events, value)
            path.append(key)
            item, place = self._node(next(events), events)
            path.pop()
            if not known:
                value[key] = item
                places[key] = (key_offset, place)
        return value, TextPosition(offset, keys=places)

    def _is_explicit(self, start: int) -> bool:
        """Whether ``?`` stands before a key in brackets, at this offset."""
        while start and self._text[start - 1] in _BLANKS:
            start -= 1
        return self._text[start - 1 : start] == "?"

    def _key(self, event: _Event, offset: int, events: Iterator[_Event], value: dict[str, Json]) -> tuple[str, bool]:
        """The key, and whether to drop its value."""
        if type(event) is not yaml.ScalarEvent:
            self._path.append("")
            self._node(event, events)
            self._path.pop()
            self._note(offset, "yaml-key-not-string", "A key must be a string.")
            return "", True
        key: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._decorated(event, offset)
        if event.implicit[0]:
            if key == "<<":
                self._note(offset, "yaml-merge-key", "Merge keys (<<) are not read; write the keys out.")
                return key, True
            if (key in _CONSTANTS or key[0] in _NUMBER_START) and not isinstance(read_plain(key), str):
                message = f"The key {key[:40] or 'null'} is not a string; put it in quotes."
                self._note(offset, "yaml-key-not-string", message)
                return key, True
        if key in value:
            message = f"The key {key[:60]!r} stands twice in one mapping; remove one."
            self._note(offset, "yaml-duplicate-key", message)
            return key, True
        return key, False

    def _sequence(self, offset: int, events: Iterator[_Event]) -> tuple[Json, TextPosition]:
        value: list[Json] = []
        places: list[TextPosition] = []
        path = self._path
        for event in events:
            if type(event) is yaml.SequenceEndEvent:
                break
            path.append(len(value))
            item, place = self._node(event, events)
            path.pop()
            value.append(item)
            places.append(place)
        return value, TextPosition(offset, items=places)

    def _scalar(self, event: _Event, offset: int) -> Json:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] not in _NUMBER_START:
            return text
        value = read_plain(text)
        if value is None:
            self._refuse(offset, "yaml-number", f"{text[:40]} is no number that JSON can hold; quote it if it is text.")
        return value

    def _decorated(self, event: _Event, offset: int) -> None:
        if event.anchor is not None:
            self._note(offset, "yaml-anchor", f"Anchors (&{event.anchor[:40]}) are not read; remove it.")
        if event.tag is not None:
            self._refuse(offset, "yaml-tag", f"Tags ({event.tag[:60]}) are not read; remove it.")

    def _refuse(self, offset: int, code: str, message: str) -> None:
        self._refused.add(tuple(self._path))
        self._note(offset, code, message)

    def _note(self, offset: int, code: str, message: str) -> None:
        place = find_line_and_column(self._text, offset)
        self._findings.append(Finding(self._file, *place, "error", code, message))
        if len(self._findings) >= MAX_FINDINGS:
            raise _Stop


def read_plain(text: str) -> Json:
    """A plain scalar that begins like a number: its value, or the text if it is not a number, or None for a number that
    JSON cannot hold."""
    if text in _CONSTANTS:
        return _CONSTANTS[text] if text else None
    if _INTEGER.match(text):
        return int(text) if len(text) <= MAX_INTEGER_DIGITS else None
    if _PREFIXED.match(text):
        return int(text, 0) if len(text) <= MAX_INTEGER_DIGITS // 2 else None
    if _FLOAT.match(text):
        number = float(text)
        return number if math.isfinite(number) else None
    return None if _NOT_FINITE.match(text) else text
