"""The page's HTML document for an export: with relative references, so that it works below any path of any host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from registry.built_page import BUILT, POLICY
from registry.errors import ConfigError

_COMPRESSED = {".br", ".gz"}  # a static host compresses by itself
_REFERENCE = re.compile(r'(\s(?:src|href)=")/(?!/)')
_NOSCRIPT = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)
# A host answers with it at any depth, where no relative reference would lead to the page.
NOT_FOUND = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>There is nothing here</title>
  </head>
  <body>
    <main>
      <h1>There is nothing here</h1>
      <p>The tool may have been renamed or removed. This is a read-only catalogue: nothing runs or is changed here.</p>
      <p><a href="../">One level up</a></p>
    </main>
  </body>
</html>
"""


class PageDocuments:
    """The documents of the built page. Raises ConfigError when the page was not built."""

    def __init__(self, revision: str | None, built: Path | None = None) -> None:
        self._built = built or BUILT
        try:
            text = (self._built / "index.html").read_text()
        except OSError:
            raise ConfigError(
                "the page was not built, and an export is made around it: `setup/page` builds it and says what it lacks"
            ) from None
        policy = f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}" />'
        noscript = '<noscript>The page needs JavaScript. <a href="/tools.json">tools.json</a> does not.</noscript>'
        text = _NOSCRIPT.sub(noscript, text)
        # The policy applies to what follows it, so it comes first.
        text = text.replace('<meta charset="utf-8" />', f'<meta charset="utf-8" />\n    {policy}', 1)
        named = escape(revision or "")
        self._text = text.replace('<html lang="en"', f'<html lang="en" data-catalogue="/" data-revision="{named}"', 1)

    def document(self, place: str) -> bytes:
        """The document for a path such as ``tools/greet/index.html``."""
        root = "../" * place.count("/") or "./"
        text = self._text.replace('data-catalogue="/"', f'data-catalogue="{root}"', 1)
        return _REFERENCE.sub(lambda found: found[1] + root, text).encode()

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """The files that the document refers to, and the files that those load."""
        for file in (self._built / "favicon.svg", *sorted((self._built / "assets").iterdir())):
            if file.suffix not in _COMPRESSED:
                yield file.relative_to(self._built).as_posix(), file.read_bytes()
