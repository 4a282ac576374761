"""Remove the tags from HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from time_limit import at_most

SECONDS = 4
_ENDLESS_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{20,};?")  # no character; Python refuses to read over 4,300 digits


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._skipping = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._skipping = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._skipping = False

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.pieces.append(data)


def main(html: str) -> str:
    """The text of ``html`` with its white space folded."""
    parser = _Text()
    with at_most(SECONDS, "The HTML is too broken to read in time; use page_to_text."):
        parser.feed(_ENDLESS_NUMBER.sub("\ufffd", html))
        parser.close()
    return " ".join(" ".join(parser.pieces).split())
