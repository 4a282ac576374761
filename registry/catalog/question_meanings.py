"""What a question's words may mean: the word itself, a synonym, a completion, or a corrected typing error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase
from typing import NamedTuple, Protocol

from .synonyms import count_longest_phrase, list_empty_words, list_weak_stems, map_synonyms
from .tokens import find_shapes, stem_word, stem_words

MAX_CHARACTERS = 1000
_MEANINGS_AT_MOST = 48
_MENDED_AT_MOST = 8  # words of one question that are corrected: each costs some 500 look-ups
_ALIKE_WORTH = 0.7
_WEAK_WORTH = 0.5
_COMPLETED_WORTH = 0.7
_MENDED_WORTH = 0.8
_JOINED_WORTH = 1.0
_SHORTEST_SWAPPED, _SHORTEST_MENDED, _LONGEST_MENDED = 4, 6, 20
_SHORTEST_COMPLETED = 2
_SHORTEST_HALF = 3


# A proper name only counts by its form: a question with a host named `api` does not ask for an API.
_GIVEN_NAME = re.compile(
    r"https?://\S{1,1000}|\b[\w-]{1,63}(?:\.[\w-]{1,63}){2,20}\b|\b[\w-]{1,63}\.(?:com|org|net|io)\b"
    r"|\b[a-zA-Z]\w{0,63}_(?:total|bytes|seconds|ratio|bucket|count|info)\b"
)


class Variant(NamedTuple):
    """One way to express a meaning: terms that must all occur, and its weight from 0 to 1."""

    terms: tuple[str, ...]
    worth: float


Meaning = tuple[Variant, ...]


class Vocabulary(Protocol):
    """The terms of all tools."""

    def __contains__(self, term: str) -> bool: ...

    def completions(self, beginning: str) -> list[str]:
        """Terms with this beginning."""
        ...


def find_meanings(question: str, known: Vocabulary) -> list[Meaning]:
    """The meanings of a question: one for each word or phrase that is not empty, without duplicates."""
    question = question[:MAX_CHARACTERS]
    found: dict[object, Meaning] = {form: (Variant((form,), 1.0),) for form in find_shapes(question)}
    question = _GIVEN_NAME.sub(" ", question)
    given = list(dict.fromkeys(stem_words(question)))
    mended = 0
    for number, word in enumerate(given):
        if word in list_empty_words() or word.isdigit():
            continue
        worth = _WEAK_WORTH if stem_word(word) in list_weak_stems() else 1.0
        variants: Meaning = (Variant((stem_word(word),), worth), *_alike((stem_word(word),), worth))
        if not any(all(term in known for term in variant.terms) for variant in variants):
            is_last = number == len(given) - 1 and question.lower().endswith(word)
            mended += 1
            variants = tuple(_guessed(word, known, completing=is_last)) if mended <= _MENDED_AT_MOST else ()
        found.setdefault(stem_word(word), variants)
    for phrase, variants in _phrases(question):
        found.setdefault(phrase, variants)
    for first, second in pairwise(stem_words(question)):
        joined = stem_word(first + second)
        if joined in known and joined not in found:
            found[joined] = (Variant((joined,), _JOINED_WORTH),)
    return [variants for variants in found.values() if variants][:_MEANINGS_AT_MOST]


def _alike(phrase: tuple[str, ...], worth: float = 1.0) -> Iterator[Variant]:
    for other in sorted(map_synonyms().get(phrase, ())):
        yield Variant(other, _ALIKE_WORTH * worth)


def _phrases(question: str) -> Iterator[tuple[tuple[str, ...], Meaning]]:
    """The phrases of several words that have synonyms, empty words included."""
    stems = [stem_word(word) for word in stem_words(question)]
    for length in range(2, count_longest_phrase() + 1):
        for start in range(len(stems) - length + 1):
            phrase = tuple(stems[start : start + length])
            variants = tuple(_alike(phrase))
            if variants:
                yield phrase, variants


def _guessed(word: str, known: Vocabulary, *, completing: bool) -> Iterator[Variant]:
    """What an unknown word may be: the beginning of a word, two words in one, or a typing error."""
    if completing and len(word) >= _SHORTEST_COMPLETED:
        completed = known.completions(word)
        if completed:
            yield from (Variant((term,), _COMPLETED_WORTH) for term in completed)
            return
    for cut in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1):
        halves = stem_word(word[:cut]), stem_word(word[cut:])
        if halves[0] in known and halves[1] in known:
            yield Variant(halves, _JOINED_WORTH)
    if _SHORTEST_SWAPPED <= len(word) <= _LONGEST_MENDED and word.isalpha():
        mended = {stem_word(other) for other in _one_slip_away(word)}
        yield from (Variant((term,), _MENDED_WORTH) for term in sorted(mended) if term in known)


def _one_slip_away(word: str) -> Iterator[str]:
    """Every word that has one letter more or less, another letter, or two swapped. The first letter is taken as right,
    because it rarely is wrong."""
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        if len(word) < _SHORTEST_MENDED:
            continue  # too many short words differ by one letter
        yield from (head + letter + tail for letter in ascii_lowercase)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
