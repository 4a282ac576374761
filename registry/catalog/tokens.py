"""From text to comparable words: split, lower case, without endings; and tokens for known shapes, such as addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MAX_WORD_CHARACTERS = 80
# An identifier as a whole, then its parts; `sha-256` equals `sha256`; a name with dots or slashes by its parts.
_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_HYPHENATED_NUMBER = re.compile(r"(?<=[A-Za-z])-(?=\d)")
_ORDINARY = re.compile(r"[a-z]+\Z")
_VOWEL = re.compile(r"[aeiouy]")
_DOUBLED = re.compile(r"([bdfgmnprt])\1\Z")
_SHORTEST = 3  # letters that remain of a word at least
_SHORTEST_BEFORE_LONG_ENDING = 4
_LONG_ENDINGS = (
    "ations",
    "ation",
    "ators",
    "ator",
    "ivity",
    "ities",
    "ity",
    "ions",
    "ion",
    "ate",
    "able",
    "ible",
    "ly",
)

_ZONE = (
    r"\b(?:UTC|GMT|[CE]ES?T|[CEMP][SD]?T|IST|JST|Pacific|Eastern|Central European|Europe/|America/|Asia/|Amsterdam"
    r"|Berlin|London|Paris|Madrid|Rome|Vienna|Zurich|Warsaw|Moscow|Istanbul|Dubai|Mumbai|Delhi|Bangalore|Singapore"
    r"|Hong Kong|Shanghai|Beijing|Tokyo|Seoul|Sydney|Melbourne|Auckland|New York|Boston|Toronto|Chicago|Denver|Austin"
    r"|San Francisco|Los Angeles|Seattle|Vancouver|Mexico City|Sao Paulo|Buenos Aires|Lagos|Nairobi|Johannesburg)\b"
)

# Tokens for the shapes that occur in a text: a question that contains a network's address asks for a tool that takes
# networks. The angle brackets distinguish them from words. Each has a character that occurs in every such text, because
# searching for that is quick. Every pattern takes time in proportion to the length of the text, for any text.
_SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("<url>", "://", re.compile(r"https?://\S")),
    ("<network>", "/", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}/\d|[0-9a-f]:[0-9a-f:]{0,40}/\d|\s/\d\d\b")),
    ("<address>", ".", re.compile(r"(?<![\d./])\d{1,3}(?:\.\d{1,3}){3}(?![\d./])")),
    ("<domain>", ".", re.compile(r"[a-z0-9]\.(?:com|org|net|io|dev|internal|local|corp|example)\b")),
    ("<cron>", "*", re.compile(r"(?:(?:\*|\d)[\d/,-]{0,40}\s){3,4}[*\d]")),
    ("<cron>", "@", re.compile(r"@(?:hour|dai|week|month|year)ly")),
    ("<date>", "-", re.compile(r"(?<!\d)\d{4}-\d\d-\d\d")),
    ("<clock>", ":", re.compile(r"(?<![\d:])\d\d:\d\d(?![\d:]*[/.])")),
    ("<zone>", "", re.compile(_ZONE)),
    ("<metric>", "_", re.compile(r"_(?:total|bytes|seconds|ratio|bucket|count|info)\b|\[\d+[smhd]\]")),
    ("<sum>", "", re.compile(r"\d\s?(?:[-+/]|\*\*?)\s[\d(]|\d\s?[*^]\s?\d|\d\s?% of")),
    ("<sum>", "", re.compile(r"\d[^\d\n]{0,40} (?:times|plus|minus|divided by) \d")),
    ("<token>", "eyJ", re.compile(r"eyJ[\w-]{6}")),
    ("<pattern>", "\\", re.compile(r"\\[dwsb]\b|\\[dws][+*]")),
    ("<pattern>", "(?", re.compile(r"\(\?P?<")),
    ("<digest>", "", re.compile(r"\b(?=[0-9a-f]{0,40}\d)(?=\d{0,40}[a-f])[0-9a-f]{32,128}\b")),
)


def find_shapes(text: str) -> Iterator[str]:
    """The tokens of the known shapes that occur in a text; they differ from all words."""
    for shape, sign, pattern in _SHAPES:
        if sign in text and pattern.search(text):
            yield shape


def stem_words(text: str) -> Iterator[str]:
    """The words of a text, lower case and with their endings. An identifier is yielded as a whole and in its parts."""
    for whole in split_words(text):
        yield from split_identifier(whole)


def split_words(text: str) -> list[str]:
    """The words and identifiers of a text, unchanged."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _WORD.findall(_HYPHENATED_NUMBER.sub("", text) if "-" in text else text)


def split_identifier(whole: str) -> tuple[str, ...]:
    """An identifier and its parts, or one word; nothing if it is too long for either."""
    if len(whole) > MAX_WORD_CHARACTERS:
        return ()
    lowered = whole.lower()
    if whole.isalpha() and (whole.islower() or whole.istitle()):
        return (lowered,)
    inner = [part.lower() for part in _PART.findall(whole)]
    return (lowered, *(part for part in inner if len(part) > 1)) if len(inner) > 1 else (lowered,)


@lru_cache(maxsize=65536)
def stem_word(word: str) -> str:
    """A word without its ending, so that ``queries`` equals ``query``, and ``expired`` equals ``expiry``."""
    if not _ORDINARY.match(word):
        return word
    word = _without_long_ending(_without_verb_ending(_singular(word)))
    if len(word) > _SHORTEST and word[-1] in "ey":
        word = word[:-1]
    return word


def _singular(word: str) -> str:
    if len(word) <= _SHORTEST or word[-1] != "s" or word[-2] in "su":
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > _SHORTEST_BEFORE_LONG_ENDING else word[:-1]
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith("is") else word[:-1]


def _without_verb_ending(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST and _VOWEL.search(rest):
            if word.endswith("eed"):
                return word
            return rest[:-1] if _DOUBLED.search(rest) else rest
    return word


def _without_long_ending(word: str) -> str:
    for ending in _LONG_ENDINGS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST_BEFORE_LONG_ENDING:
            return rest
    return word
