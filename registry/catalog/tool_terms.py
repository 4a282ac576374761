"""The terms by which a tool is found, each with a weight. They depend on this tool alone.

A description also mentions other tools ("for tables use csv_summary") and what its own tool does not do. Such a
sentence says little about its own tool, but much about the tool that it names, as a link's text does about a page.
"""

from __future__ import annotations

import re
import threading
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from registry.jsonschemas import walk_subschemas
from registry.model import Json, Manifest, Tool

from .synonyms import list_empty_words
from .tokens import find_shapes, split_identifier, split_words, stem_word

# For each field: the weight of a term in it, and the usual number of terms in such a field.
_PLACES: dict[str, tuple[float, float]] = {
    "name": (3.0, 3),
    "title": (3.0, 4),
    "tags": (3.0, 4),
    "category": (1.0, 2),
    "opening": (2.0, 20),
    "description": (1.5, 40),
    "denial": (0.25, 20),
    "parameters": (1.0, 6),
    "explained": (0.7, 40),
    "returned": (0.5, 40),
    "examples": (0.3, 15),
    "forms": (2.0, 2),
}
_LENGTH_COUNTS = 0.3  # BM25's b: 0, the terms of long and short texts count alike; 1, in proportion
_TEXT_CHARACTERS = 20_000
_SENTENCE_END = re.compile(r"(?<=[.:;!?])\s+|\n+")
_IDENTIFIER = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_DENIES = re.compile(r"\b(?:not|cannot|never|no|nor|neither|without|instead of)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """A tool's terms with their weights, and what its description says about other tools, by their names."""

    terms: tuple[str, ...]
    weights: array[float]
    referrals: Mapping[str, tuple[str, ...]]

    def list_weights(self) -> Iterator[tuple[str, float]]:
        """Each term with its weight."""
        return zip(self.terms, self.weights, strict=True)


@dataclass(slots=True)
class TermCache:
    """The terms of tools by (name, digest), so that an unchanged folder is never read again. Hold ``lock`` to make a
    ranking: then it is made once, even if several threads ask for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[tuple[str, str], Terms] = field(default_factory=dict)

    def of(self, tools: Iterable[Tool]) -> dict[str, Terms]:
        """The terms of each tool, by name; all others are forgotten."""
        known: dict[tuple[str, str], Terms] = {}
        for tool in tools:
            key = (tool.name, tool.digest)
            known[key] = self._known.get(key) or extract_terms(tool.manifest)
        self._known = known
        return {name: found for (name, _), found in known.items()}

    def prepare(self, tools: Iterable[Tool]) -> None:
        """Extract the terms of tools before the first question, in a background thread.

        After each tool it sleeps as long as it worked, because a thread that computes all the time would delay every
        request. A question that arrives before the end extracts the rest itself.
        """
        for tool in tools:
            key = (tool.name, tool.digest)
            if key not in self._known:
                began = time.monotonic()
                self._known[key] = extract_terms(tool.manifest)
                time.sleep(time.monotonic() - began)


def extract_terms(manifest: Manifest) -> Terms:
    """The terms of a tool with this manifest."""
    weights: dict[str, float] = {}
    referrals: dict[str, tuple[str, ...]] = {}
    for place, text in _texts(manifest, referrals):
        worth, usual = _PLACES[place]
        found = list(dict.fromkeys(find_shapes(text))) if place == "forms" else _terms(text)
        scale = worth / (1 - _LENGTH_COUNTS + _LENGTH_COUNTS * len(found) / usual)
        for term in found:
            weights[term] = weights.get(term, 0.0) + scale
    return Terms(tuple(weights), array("f", weights.values()), referrals)


def _terms(text: str) -> list[str]:
    return [term for whole in split_words(text) for term in _terms_in(whole)]


@lru_cache(maxsize=65536)
def _terms_in(whole: str) -> tuple[str, ...]:
    return tuple(
        stem_word(word) for word in split_identifier(whole) if word not in list_empty_words() and not word.isdigit()
    )


def _texts(manifest: Manifest, referrals: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Each text of the manifest with the name of its field; adds what it says about other tools to ``referrals``."""
    yield "name", manifest.name
    yield "title", manifest.title
    yield "tags", " ".join(manifest.tags)
    yield "category", manifest.category
    told: dict[str, list[str]] = {}
    for number, sentence in enumerate(_SENTENCE_END.split(manifest.description)):
        named = set(_IDENTIFIER.findall(sentence)) - {manifest.name}
        for name in named:
            referrals[name] = (*referrals.get(name, ()), *_terms(_IDENTIFIER.sub(" ", sentence)))
        place = "denial" if named or _DENIES.search(sentence) else "description" if number else "opening"
        told.setdefault(place, []).append(sentence)
    for place, sentences in told.items():
        yield place, " ".join(sentences)
    names, explained = _described(manifest.parameters)
    yield "parameters", names
    yield "explained", explained
    yield "returned", " ".join(_described(manifest.returns or {}))
    yield "examples", " ".join(example.name for example in manifest.examples)
    yield "forms", "\n".join((manifest.description, explained, *_example_texts(manifest)))


def _described(schema: Mapping[str, Json]) -> tuple[str, str]:
    """The names of all properties, and their descriptions with the allowed values."""
    names: list[str] = []
    said: list[str] = []
    for _, inner in walk_subschemas(dict(schema)):
        if isinstance(inner, dict):
            properties = inner.get("properties")
            names.extend(properties if isinstance(properties, dict) else ())
            said.append(text if isinstance(text := inner.get("description"), str) else "")
            allowed = inner.get("enum")
            said.extend(word for word in (allowed if isinstance(allowed, list) else ()) if isinstance(word, str))
    return " ".join(names)[:_TEXT_CHARACTERS], "\n".join(said)[:_TEXT_CHARACTERS]


def _example_texts(manifest: Manifest) -> Iterator[str]:
    for example in manifest.examples:
        for value in example.arguments.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str):
                    yield one[:1000]
