"""The words of a document as a model reads them: one line, no markup, not too long."""

from __future__ import annotations

import re

from registry.model import Json

_MOST_READ = 20_000


def cut_text(text: Json, most: int) -> str:
    """A description without markup on one line, at most so long, cut at a sentence or a word."""
    if not isinstance(text, str) or most <= 0:
        return ""
    plain = _strip_markup(text[:_MOST_READ])
    line = " ".join("".join(one if one.isprintable() else " " for one in plain).split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    sentence = cut.rfind(". ")
    if sentence > most // 2:
        return cut[: sentence + 1]
    return cut.rpartition(" ")[0].rstrip(",;:") + "…" if " " in cut else cut + "…"


def _strip_markup(text: str) -> str:
    """A description without HTML tags, link targets and marks of Markdown."""
    plain = re.sub(r"<[^<>]{1,200}>", " ", text)
    plain = re.sub(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?: \"[^\"]{0,200}\")?\)", r"\1", plain)
    plain = re.sub(r"(^|\n)[ \t]*(?:#{1,6}|>|[-*]) ", r"\1 ", plain)
    return re.sub(r"\*\*|`", "", plain)
