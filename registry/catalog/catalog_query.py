"""Search, filter, sort and page a catalog; count its categories and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from registry.model import Tool

from .catalog import Catalog, Category

SORTS: dict[str, tuple[Callable[[Tool], Any], bool]] = {
    "name": (lambda tool: tool.name, False),
    "-name": (lambda tool: tool.name, True),
    "title": (lambda tool: (tool.manifest.title.casefold(), tool.name), False),
    "-title": (lambda tool: (tool.manifest.title.casefold(), tool.name), True),
    "category": (lambda tool: (tool.manifest.category, tool.name), False),
    "-category": (lambda tool: (tool.manifest.category, tool.name), True),
    "version": (lambda tool: (tool.version, tool.name), False),
    "-version": (lambda tool: (tool.version, tool.name), True),
}


RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class ToolQuery:
    """Conditions for tools. The words of ``search`` must all occur; a category includes those below it. ``names``,
    unless None, are the only tools that can match."""

    search: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    status: str | None = None
    offered_only: bool = False
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ToolPage:
    """One page of tools out of ``total``; pages count from 1."""

    items: tuple[Tool, ...]
    page: int
    page_size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; 1 when there is nothing."""
        return max(1, -(-self.total // self.page_size))


def select_tools(catalog: Catalog, query: ToolQuery, sort: str = "name") -> tuple[Tool, ...]:
    """The tools that match, sorted. ``search`` applies to name, title, description and tags, ignoring case.

    With the sort ``relevance`` the tools that answer ``search`` best come first; the same tools match.
    """
    words = query.search.casefold().split()
    found = [tool for tool in catalog.tools.values() if _matches(tool, query) and _contains(catalog, tool, words)]
    if sort == RELEVANCE:
        places = {tool.name: place for place, tool in enumerate(catalog.rank_tools(query.search))}
        return tuple(sorted(found, key=lambda tool: (places.get(tool.name, len(places)), tool.name)))
    key, backwards = SORTS[sort]
    return tuple(sorted(found, key=key, reverse=backwards))


def rank_tools(catalog: Catalog, query: ToolQuery, question: str) -> Iterator[Tool]:
    """The tools that match the query and the question, the best first."""
    return (tool for tool in catalog.rank_tools(question) if _matches(tool, query))


def count_categories(catalog: Catalog) -> tuple[Category, ...]:
    """The tree of categories with the number of tools in each, in path order. Disabled and faulty tools count, too,
    because the tree must lead to every tool that the list shows."""
    paths = [tool.manifest.category for tool in catalog.tools.values() if tool.manifest.category]
    return _below("", paths)


def count_tags(catalog: Catalog) -> tuple[tuple[str, int], ...]:
    """Every tag with the number of its tools, the most used first. Counts the tools that :func:`count_categories`
    counts."""
    counts = Counter(tag for tool in catalog.tools.values() for tag in set(tool.manifest.tags))
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _below(above: str, paths: Iterable[str]) -> tuple[Category, ...]:
    inner: dict[str, list[str]] = {}
    for path in paths:
        rest = path[len(above) :]
        if rest:
            inner.setdefault(rest.split("/", 1)[0], []).append(path)
    return tuple(
        Category(
            above + name, name, len(within), _below(f"{above}{name}/", [one for one in within if one != above + name])
        )
        for name, within in sorted(inner.items())
    )


def _matches(tool: Tool, query: ToolQuery) -> bool:
    manifest = tool.manifest
    if (query.offered_only and not tool.offered) or (query.names is not None and tool.name not in query.names):
        return False
    if query.status is not None and manifest.status != query.status:
        return False
    if query.category and not f"{manifest.category}/".startswith(f"{query.category}/"):
        return False
    return set(query.tags) <= set(manifest.tags)


def _contains(catalog: Catalog, tool: Tool, words: list[str]) -> bool:
    if not words:
        return True
    text = catalog.derived("searched text", lambda: _searched_text(catalog))[tool.name]
    return all(word in text for word in words)


def _searched_text(catalog: Catalog) -> dict[str, str]:
    return {
        tool.name: "\n".join(
            (tool.name, tool.manifest.title, tool.manifest.description, *tool.manifest.tags)
        ).casefold()
        for tool in catalog.tools.values()
    }
