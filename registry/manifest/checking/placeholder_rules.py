"""Sentences of templates that were meant to be replaced, and are what models would be told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry import jsonschemas
from registry.model import Json

from .finding_report import FindingReport, Path

# What `toolcrib new` and the page begin with, and what people write in its place.
_PLACEHOLDER = re.compile(
    r"Replace this by what your tool|Say here what the tool does|Say what this tool does, when a model should"
    r"|Say what .{1,80} is, with its unit, its form and an example"
    # Alone, or as programmers write it: "Todo item to complete" and "TODO comments, by file" are sentences.
    r"|\A\W{0,3}(?:TODO|TBD|FIXME|XXX)\W{0,3}\Z|\A\W{0,3}(?-i:TODO|TBD|FIXME|XXX)\s{0,3}[:(]|\blorem ipsum\b",
    re.IGNORECASE,
)
# One of them is in each of these; without any, the expression need not be tried at each character.
_MARKS = ("replace this", "say ", "todo", "tbd", "fixme", "xxx", "lorem")
_TOLD_AT_MOST = 50


def check_placeholders(value: dict[str, Json], report: FindingReport) -> None:
    """Report descriptions that say nothing yet: as errors where models are told of the tool."""
    offered = value.get("status", "active") in {"active", "deprecated"}
    told = 0
    for path, text in _descriptions(value):
        if told < _TOLD_AT_MOST and _is_placeholder(text):
            told += 1
            message = "This sentence is a template's; say what is so here, or a model reads it."
            if offered:
                message += " Until then the tool is a draft (status: draft)."
            report.at(path, "placeholder", message, "error" if offered else "warning")


def _is_placeholder(text: str) -> bool:
    small = text.lower()
    return any(mark in small for mark in _MARKS) and _PLACEHOLDER.search(text) is not None


def _descriptions(value: dict[str, Json]) -> Iterator[tuple[Path, str]]:
    if isinstance(value.get("description"), str):
        yield ("description",), value["description"]
    for key in ("parameters", "returns"):
        for below, node in jsonschemas.walk_subschemas(value.get(key)):
            if isinstance(node.get("description"), str):
                yield (key, *below, "description"), node["description"]
