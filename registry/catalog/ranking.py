"""Rank tools by how well they answer a question: BM25F over the tools' terms and the meanings of the question's words.

Source of the formula: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009). The usual
length of a field is a constant (:mod:`.tool_terms`) instead of the mean over all tools, so that the weights of one tool
do not depend on the others.
"""

from __future__ import annotations

import heapq
import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

from .question_meanings import Meaning, find_meanings
from .tool_terms import Terms

_SATURATION = 1.5  # BM25's k1: how much the second occurrence adds to the first
_REFERRAL = 0.8
_COMPLETIONS = 12
_READ_AT_MOST = 100_000  # postings for one question: some 5 ms
_MERGED_AT_MOST = 256

Postings = tuple["array[int]", "array[float]"]


class Ranking:
    """An immutable index of tools' terms, which depends only on the terms.

    A term's postings are two arrays: the numbers of its tools, counted in name order, and its weight in each.
    """

    def __init__(self, terms: Mapping[str, Terms]) -> None:
        self._names = tuple(sorted(terms))
        self._postings: dict[str, Postings] = {}
        # A cache for meanings with synonyms: there are few of them, and they cost the most.
        self._merged: dict[Meaning, Postings] = {}
        referred = _referred(terms)
        for number, name in enumerate(self._names):
            weights = terms[name].list_weights()
            if name in referred:
                weights = iter(_with_referrals(weights, referred[name]).items())
            for term, weight in weights:
                found = self._postings.get(term)
                if found is None:
                    found = self._postings[term] = array("I"), array("f")
                found[0].append(number)
                found[1].append(weight / (_SATURATION + weight))
        self._vocabulary = sorted(self._postings)

    def __contains__(self, term: str) -> bool:
        return term in self._postings

    def completions(self, beginning: str) -> list[str]:
        """A few terms with this beginning, in alphabetical order."""
        start = bisect_left(self._vocabulary, beginning)
        found = self._vocabulary[start : start + _COMPLETIONS]
        return [term for term in found if term.startswith(beginning)]

    def rank_names(self, question: str) -> Iterator[str]:
        """The names of the tools that match a question, the best first; equal ones in name order."""
        heap = [(-score, number) for number, score in enumerate(self._scores(question)) if score]
        heapq.heapify(heap)
        while heap:
            yield self._names[heapq.heappop(heap)[1]]

    def _scores(self, question: str) -> list[float]:
        """Each tool's score, by its number. Rare meanings come first, because they distinguish most."""
        scores = [0.0] * len(self._names)
        left = _READ_AT_MOST
        for numbers, weights, worth in sorted(
            map(self._scored, find_meanings(question, self)), key=lambda scored: len(scored[0])
        ):
            left -= len(numbers)
            if left < 0:
                break
            for number, weight in zip(numbers, weights, strict=True):
                scores[number] += worth * weight
        return scores

    def _scored(self, meaning: Meaning) -> tuple[array[int], array[float], float]:
        """The tools that match a meaning, the weight of each, and the factor for all weights.

        Of several variants only the best counts, because two words for one thing are still one thing.
        """
        if len(meaning) == 1:
            numbers, weights = self._postings_of(meaning[0].terms)
            return numbers, weights, meaning[0].worth * self._rarity(len(numbers))
        known = self._merged.get(meaning)
        if known is None:
            best: dict[int, float] = {}
            for variant in meaning:
                numbers, weights = self._postings_of(variant.terms)
                worth = variant.worth * self._rarity(len(numbers))
                for number, weight in zip(numbers, weights, strict=True):
                    if worth * weight > best.get(number, 0.0):
                        best[number] = worth * weight
            known = array("I", best), array("f", best.values())
            if len(self._merged) >= _MERGED_AT_MOST:
                self._merged.clear()
            self._merged[meaning] = known
        return *known, 1.0

    def _postings_of(self, terms: tuple[str, ...]) -> Postings:
        """The tools that have all of these terms, each with the smallest of their weights."""
        nothing: Postings = array("I"), array("f")
        if len(terms) == 1:
            return self._postings.get(terms[0], nothing)
        if not all(term in self._postings for term in terms):
            return nothing
        found = dict(zip(*self._postings[terms[0]], strict=True))
        for term in terms[1:]:
            also = zip(*self._postings[term], strict=True)
            found = {number: min(weight, found[number]) for number, weight in also if number in found}
        return array("I", found), array("f", found.values())

    def _rarity(self, count: int) -> float:
        """BM25's inverse document frequency of a term in ``count`` tools; never negative."""
        return math.log(1 + (len(self._names) - count + 0.5) / (count + 0.5))


def _referred(terms: Mapping[str, Terms]) -> dict[str, list[str]]:
    """What the descriptions say about other tools, by the name of the tool that they mention."""
    referred: dict[str, list[str]] = {}
    for name in sorted(terms):
        for other, said in terms[name].referrals.items():
            if other in terms:
                referred.setdefault(other, []).extend(said)
    return referred


def _with_referrals(weights: Iterator[tuple[str, float]], said: list[str]) -> dict[str, float]:
    found = dict(weights)
    for term in said:
        found[term] = found.get(term, 0.0) + _REFERRAL
    return found
