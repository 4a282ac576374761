"""YAML that others wrote and that is no file of ours: anchors, merge keys and tags are read, within bounds.

Aliases are shared, not copied, but each counts with all that it stands for, so that whoever walks the value pays no
more than was counted. Scalars are those of YAML 1.2: `no` and dates are text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from registry.errors import InputRefused
from registry.model import Json

from .strict_reader import read_events, read_plain

MAX_NODES = 4_000_000
MAX_DEPTH = 200
_MERGE = "<<"


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come: its value, the key that waits for one, and what was counted before it."""

    value: dict[str, Json] | list[Json]
    anchor: str | None
    counted: int
    key: str | None = None
    merges: list[Json] = field(default_factory=list)


def read_foreign_yaml(text: str) -> Json:
    """The value of a YAML document, keys as text; of two equal keys the last wins, and of several documents the first.

    Raises InputRefused, with the line, for what is no YAML, over 200 levels, or over 4 million nodes with each alias
    counted as what it stands for.
    """
    try:
        return _Reader(text).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" at line {mark.line + 1}" if mark else ""
        raise InputRefused(
            f"Not valid YAML{line}: {(error.problem or error.context or 'cannot be read')[:150]}."
        ) from None
    except yaml.YAMLError as error:
        raise InputRefused(f"Not valid YAML: {str(error)[:150]}.") from None


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Json, int]] = {}
        self._count = 0

    def read(self) -> Json:
        for event in read_events(self._text):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value = read_plain(event.value) if event.implicit[0] and not self._awaits_key() else event.value
                if self._add(value, event.anchor, 1, event):
                    return value
            elif kind is yaml.AliasEvent:
                value, size = self._aliased(event)
                if self._add(value, None, size, event):
                    return value
            elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                self._begin({} if kind is yaml.MappingStartEvent else [], event)
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                closed = self._open.pop()
                _merge(closed)
                if self._add(closed.value, closed.anchor, self._count - closed.counted + 1, event, counted=True):
                    return closed.value
        return None

    def _begin(self, value: Any, event: Any) -> None:
        if len(self._open) >= MAX_DEPTH:
            _refuse(event, f"it is nested deeper than {MAX_DEPTH} levels")
        self._open.append(_Open(value, event.anchor, self._count))

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _aliased(self, event: Any) -> tuple[Json, int]:
        if event.anchor not in self._anchors:
            _refuse(event, f"the alias *{event.anchor[:40]} stands for nothing that is complete before it")
        return self._anchors[event.anchor]

    def _add(self, value: Json, anchor: str | None, size: int, event: Any, *, counted: bool = False) -> bool:
        """Put a value where it belongs; True for the root, which belongs nowhere."""
        self._count += 1 if counted else size
        if self._count > MAX_NODES:
            _refuse(event, f"it has more than {MAX_NODES} values, those of aliases counted")
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._open:
            return True
        inside = self._open[-1]
        if isinstance(inside.value, list):
            inside.value.append(value)
        elif inside.key is None:
            inside.key = _key(value, event)
        elif inside.key == _MERGE and isinstance(value, dict | list):
            inside.merges += value if isinstance(value, list) else [value]
            inside.key = None
        else:
            inside.value[inside.key] = value
            inside.key = None
        return False


def _merge(closed: _Open) -> None:
    """Lay what was merged under the mapping's own keys; of several the first wins."""
    if isinstance(closed.value, dict):
        for merged in closed.merges:
            for key, value in merged.items() if isinstance(merged, dict) else ():
                closed.value.setdefault(key, value)


def _key(value: Json, event: Any) -> str:
    if isinstance(value, dict | list):
        _refuse(event, "a key is no text")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _refuse(event: Any, what: str) -> None:
    raise InputRefused(f"Not readable YAML at line {event.start_mark.line + 1}: {what}.")
