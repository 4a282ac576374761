"""A new scalar in the style of the one that it replaces."""

from __future__ import annotations

import re

from registry.manifest.yaml import (
    LINE_BREAK,
    SpanNode,
    is_plain,
    is_single,
    quote_double,
    quote_single,
    wrap_text,
    write_folded_block,
    write_literal_block,
    write_scalar,
)
from registry.model import Json

from .canonical_writer import Layout, WrittenValue
from .text_cuts import Cuts

HEADER = re.compile(r"[|>][-+0-9]*")
_LONG_LINE = 120  # characters of a plain text on one line before it is folded


def restyle_scalar(
    cuts: Cuts, node: SpanNode, old: Json, new: Json, parent: int, layout: Layout, *, flow: bool
) -> WrittenValue | None:
    """``new`` written in the style of ``node``; None if that style cannot hold it.

    ``parent`` is the column of the block that contains the node.
    """
    if isinstance(new, dict | list) or node.start == node.end or node.style in {"block", "brackets"}:
        return None
    if node.style in {"literal", "folded"}:
        return _block(cuts, node, new, parent, layout) if isinstance(new, str) else None
    if not isinstance(new, str):
        return WrittenValue(write_scalar(new, flow=flow))
    line = _quoted(node, old, new, flow=flow)
    if line is None:
        return None
    if cuts.has_break(node.start, node.end):
        return _wrapped(cuts, node, line, layout)
    too_long = cuts.column(node.start) + len(line) > _LONG_LINE and len(line) > node.end - node.start
    return None if node.style == "plain" and too_long and not flow else WrittenValue(line)


def _quoted(node: SpanNode, old: Json, new: str, *, flow: bool) -> str | None:
    if node.style == "plain":
        return new if isinstance(old, str) and is_plain(new, flow=flow) else None
    if node.style == "single" and is_single(new):
        return quote_single(new)
    return quote_double(new)


def _wrapped(cuts: Cuts, node: SpanNode, line: str, layout: Layout) -> WrittenValue:
    """A text on several lines, plain or quoted, broken at spaces: reading it joins the lines with spaces."""
    old = LINE_BREAK.split(cuts.text[node.start : node.end])
    column = cuts.column(node.start)
    second = next((part for part in old[1:] if part.strip(" \t")), "")
    indent = len(second) - len(second.lstrip(" "))
    right = max(column + len(old[0]), *(len(part) for part in old[1:]), layout.width)
    lines = wrap_text(line, right - column, right - indent)
    return WrittenValue(lines[0], tuple(" " * indent + part for part in lines[1:]))


def _block(cuts: Cuts, node: SpanNode, new: str, parent: int, layout: Layout) -> WrittenValue | None:
    header, *old = LINE_BREAK.split(cuts.text[node.start : node.end])
    full = [line for line in old if line.strip(" \t")]
    if not full or any(digit in header.split("#")[0] for digit in "123456789"):
        indent = parent + layout.step
    else:
        indent = len(full[0]) - len(full[0].lstrip(" "))
    found = None
    if node.style == "folded":
        found = _refolded(new, [line[indent:] for line in old], indent, layout)
    found = found or write_literal_block(new, indent, parent)
    return WrittenValue(found[0], tuple(found[1])) if found else None


def _refolded(new: str, old: list[str], indent: int, layout: Layout) -> tuple[str, list[str]] | None:
    """``new`` folded; a single paragraph keeps the unchanged lines at its beginning and end."""
    room = max([len(line) for line in old] if len(old) > 1 else [layout.width - indent])
    found = write_folded_block(new, indent, room)
    body = new.rstrip("\n")
    if found is None or "\n" in body or not all(line and line == line.strip() for line in old):
        return found
    head, tail = _ends(body, old)
    start = sum(len(line) + 1 for line in head)
    end = len(body) - sum(len(line) + 1 for line in tail)
    middle = wrap_text(body[start:end], room, room) if end > start else []
    kept = [" " * indent + line for line in [*head, *middle, *tail]]
    return found[0], kept + found[1][len(wrap_text(body, room, room)) :]


def _ends(body: str, old: list[str]) -> tuple[list[str], list[str]]:
    """The old lines with which ``body`` begins and ends; at least one word is left between them."""
    head: list[str] = []
    start, end = 0, len(body)
    while len(head) < len(old) and body.startswith(old[len(head)] + " ", start):
        start += len(old[len(head)]) + 1
        head.append(old[len(head)])
    tail: list[str] = []
    for line in reversed(old[len(head) :]):
        if end - len(line) - 1 <= start or not body.endswith(" " + line, start, end):
            break
        end -= len(line) + 1
        tail.insert(0, line)
    return head, tail
