"""Read HTML into text with the standard library's tolerant parser."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from html.parser import HTMLParser

PARSE_SECONDS = 8
MAX_LINKS = 200
_CHUNK_CHARACTERS = 16_384
_ENDLESS_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{20,};?")  # no character; Python refuses to read over 4,300 digits
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "textarea"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_REGIONS = frozenset({"div", "section", "article", "header", "footer", "main", "aside", "nav", "form", "figure"})
_PARAGRAPHS = _HEADINGS | _REGIONS | {"p", "ul", "ol", "dl", "table", "blockquote", "pre"}
_LINES = frozenset({"br", "li", "tr", "dt", "dd", "hr", "caption"})
_ENDED_BY_NEXT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th"})  # their end tags may be left out


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says; ``links`` are (text, target); ``cut`` tells that reading stopped at its time limit."""

    title: str
    text: str
    links: tuple[tuple[str, str], ...]
    cut: bool


def read(html: str) -> Page:
    """The page in ``html``, however broken.

    The parser is quadratic for some malformed input, so it is fed in pieces and stopped at a time limit; within one
    piece only the sandbox's limit stops it.
    """
    reader = _Reader()
    html = _ENDLESS_NUMBER.sub("\ufffd", html)
    deadline = time.monotonic() + PARSE_SECONDS
    for start in range(0, len(html), _CHUNK_CHARACTERS):
        if time.monotonic() > deadline:
            return reader.page(cut=True)
        reader.feed(html[start : start + _CHUNK_CHARACTERS])
    if len(reader.rawdata) <= _CHUNK_CHARACTERS:  # what is left is one unfinished tag or comment
        reader.close()
        return reader.page(cut=False)
    return reader.page(cut=True)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._title: list[str] = []
        self._pieces: list[str] = []
        self._links: list[tuple[str, str]] = []
        self._link: tuple[str, int] | None = None
        self._dropping: list[str] = []
        self._in_title = False
        self._preformatted = 0

    def page(self, *, cut: bool) -> Page:
        text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(self._pieces).replace("\1", "\n")))
        return Page(_folded("".join(self._title)), text.replace("\2", " ").strip(), tuple(self._links), cut)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping and self._dropping[-1] in _ENDED_BY_NEXT and tag in (self._dropping[-1], *_PARAGRAPHS):
            self._dropping.pop()
        if tag == "title" and not self._title:
            self._in_title = True
        elif tag in _DROPPED or tag in self._dropping or (tag not in _VOID and _hidden(attrs)):
            self._dropping.append(tag)
        elif not self._dropping:
            self._open(tag, dict(attrs))

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._break(tag)
        if tag == "li":
            self._pieces.append("- ")
        elif tag in ("td", "th"):
            self._pieces.append(" | " if self._pieces and not self._pieces[-1].endswith("\n") else "")
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "img" and attributes.get("alt"):
            self._pieces.append(f"[{_folded(attributes['alt'] or '')[:200]}]")
        elif tag == "a" and attributes.get("href"):
            self._link = (attributes["href"] or "", len(self._pieces))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # HTML knows no self-closing elements but the void ones

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in self._dropping:
            while self._dropping.pop() != tag:
                pass
        elif not self._dropping:
            self._close(tag)

    def _close(self, tag: str) -> None:
        if tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        elif tag == "a" and self._link is not None:
            target, first = self._link
            self._link = None
            if len(self._links) < MAX_LINKS:
                self._links.append((_folded("".join(self._pieces[first:]))[:200], target[:2000]))
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._pieces.append("\n\n")
        elif tag in _LINES:
            self._pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title.append(data)
        elif not self._dropping:
            self._pieces.append(data if self._preformatted else self._inline(data))

    def _inline(self, data: str) -> str:
        folded = re.sub(r"\s+", " ", data)
        at_start = not self._pieces or self._pieces[-1].endswith(("\n", " "))
        return folded.lstrip(" ") if at_start else folded


def _hidden(attributes: list[tuple[str, str | None]]) -> bool:
    given = dict(attributes)
    style = re.sub(r"\s", "", (given.get("style") or "").lower())
    return "hidden" in given or given.get("aria-hidden") == "true" or "display:none" in style


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
