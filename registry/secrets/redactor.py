"""Hides values in texts, whole or as they come in pieces, with the same end whatever the pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registry.json_text import dumps
from registry.model import Json

from .value_spellings import REDACTED, list_spellings

_HEAD_CHARACTERS = 8
_MIN_PART_CHARACTERS = 4
"""A shorter beginning or end of a value, where a text was cut, says nothing."""
_CUT_CHARACTERS = 4096
"""What is as long as this in an error was cut by the sandbox, perhaps in the middle of a value."""


class Redactor:
    """Replaces every spelling of some values by ``[redacted]``. Immutable, for any number of threads."""

    __slots__ = ("_escaped_spellings", "_spellings")

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._spellings = tuple(sorted({spelling for value in values for spelling in list_spellings(value)}))
        self._escaped_spellings = tuple({dumps(spelling).decode()[1:-1] for spelling in self._spellings})

    def text(self, text: str, *, cut_before: bool = False, cut_after: bool = False) -> str:
        """The text without the values. Where it was cut, it may be in the middle of one: that part is hidden too."""
        spans = self._spans(text)
        if cut_before:
            spans += [(0, size) for size in self._ending(text)]
        if cut_after and len(text) - self._begins_at(text) >= _MIN_PART_CHARACTERS:
            spans.append((self._begins_at(text), len(text)))
        return _without(text, _merged(spans), len(text)) if spans else text

    def json(self, value: Json, *, cut: bool = False) -> Json:
        """A JSON value without the values in any text, key or number. ``cut``: long texts in it were cut.

        A number that holds a value becomes text; keys that become equal are told apart by a number.
        """
        if not self._spellings or not (cut or self._occurs_in(value)):
            return value
        return self._json(value, cut)

    def stream(self) -> RedactingStream:
        """The same for a text that comes in pieces."""
        return RedactingStream(self)

    def _occurs_in(self, value: Json) -> bool:
        # Escaping goes character by character, so what is in a text is, escaped, in the whole document.
        document = dumps(value).decode()
        return any(spelling in document for spelling in self._escaped_spellings)

    def _json(self, value: Json, cut: bool) -> Json:
        if isinstance(value, str):
            cut = cut and len(value) >= _CUT_CHARACTERS
            return self.text(value, cut_before=cut, cut_after=cut)
        if isinstance(value, dict):
            made: dict[str, Json] = {}
            numbers: dict[str, int] = {}
            for key, one in value.items():
                name = plain = self.text(key)
                while name in made:
                    numbers[plain] = numbers.get(plain, 1) + 1
                    name = f"{plain} {numbers[plain]}"
                made[name] = self._json(one, cut)
            return made
        if isinstance(value, list):
            return [self._json(one, cut) for one in value]
        if isinstance(value, int | float) and not isinstance(value, bool) and self._spans(dumps(value).decode()):
            return REDACTED
        return value

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where values stand, from and to; what overlaps is one. Ordered."""
        found = []
        for spelling in self._spellings:
            start = text.find(spelling)
            while start != -1:
                found.append((start, start + len(spelling)))
                start = text.find(spelling, start + 1)
        return _merged(found)

    def _begins_at(self, text: str) -> int:
        """Where the longest end of the text begins that may be the beginning of a value; its length if there is none.

        A whole value is no beginning of itself, but may be one of a longer spelling.
        """
        first = size = len(text)
        for spelling in self._spellings:
            head = spelling[:_HEAD_CHARACTERS]
            start = text.find(spelling[0], max(0, size - len(spelling) + 1), first)
            while start != -1:
                if text.startswith(head[: size - start], start) and text.startswith(spelling[: size - start], start):
                    first = start
                    break
                start = text.find(spelling[0], start + 1, first)
        return first

    def _ending(self, text: str) -> Iterator[int]:
        """The sizes of beginnings of the text that are ends of values."""
        for spelling in self._spellings:
            for size in range(min(len(spelling) - 1, len(text)), _MIN_PART_CHARACTERS - 1, -1):
                if text[size - 1] == spelling[-1] and text.startswith(spelling[-size:]):
                    yield size
                    break


class RedactingStream:
    """One text on its way through a redactor: what might be the beginning of a value is kept back until it is known."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take a piece; what may be shown by now, beyond what was shown before. Nothing shown is ever taken back."""
        text = self._held + piece
        spans = self._redactor._spans(text)
        until = self._redactor._begins_at(text)
        for start, end in spans:
            if start < until < end:
                until = start  # it may be part of a longer one
        self._held = text[until:]
        return _without(text, [span for span in spans if span[1] <= until], until)

    def end(self) -> str:
        """The rest: nothing more comes."""
        held, self._held = self._held, ""
        return self._redactor.text(held)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(text: str, spans: Iterable[tuple[int, int]], until: int) -> str:
    shown, position = [], 0
    for start, end in spans:
        shown += [text[position:start], REDACTED]
        position = end
    return "".join([*shown, text[position:until]])
