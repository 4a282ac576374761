"""Turn a web page into plain text."""

from __future__ import annotations

from urllib.parse import urljoin

from fetch import fetch
from reader import read


def main(
    url: str | None = None, html: str | None = None, include_links: bool = False, max_characters: int = 20_000
) -> dict:
    """The text of the page at ``url`` or of ``html``; raises ValueError unless exactly one is given."""
    if (url is None) == (html is None):
        raise ValueError("Give either url or html, and only one of them.")
    answered, cut = None, False
    if url is not None:
        answered, html, cut = fetch(url)
    page = read(html or "")
    links = [{"text": text, "url": urljoin(answered or "", target)} for text, target in page.links]
    return {
        "title": page.title,
        "text": page.text[:max_characters].rstrip(),
        "links": links if include_links else [],
        "url": answered,
        "truncated": cut or page.cut or len(page.text) > max_characters,
    }
