"""How long a question takes among very many tools, and how long until the first can be asked."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import islice

from registry.catalog.ranking import Ranking
from registry.catalog.tool_terms import TermCache
from tests.bench.row import Row
from tests.search.shipped import asked, many_tools

COUNT = 10_000


def answered() -> Iterator[Row]:
    """The rows, on the shipped tools again and again under other names, asked what is asked for them."""
    tools = many_tools(COUNT)
    cache = TermCache()
    began = time.perf_counter()
    ranking = Ranking(cache.of(tools))
    first = time.perf_counter() - began
    began = time.perf_counter()
    Ranking(cache.of(tools))
    again = time.perf_counter() - began
    told = f"after a change of one tool: {again:.2f} s"
    yield Row(f"first question among {COUNT} tools", f"{first:.2f} s", "<= 10 s", told, first <= 10)
    texts = [f"{tool.name} {tool.manifest.title} {tool.manifest.description}".casefold() for tool in tools]
    took = _p95_ms(lambda question: list(islice(ranking.rank_names(question), 5)))
    plain = _p95_ms(lambda question: [text for text in texts if all(word in text for word in question.split())])
    told = f"every word looked for in every text: {plain:.1f} ms"
    yield Row(f"a question among {COUNT} tools: p95", f"{took:.1f} ms", "<= 20 ms", told, took <= 20)


def _p95_ms(answer: Callable[[str], object]) -> float:
    took = []
    for question, _ in (*asked("tuned"), *asked("held")):
        began = time.perf_counter()
        answer(question)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(took, n=20, method="inclusive")[18]
