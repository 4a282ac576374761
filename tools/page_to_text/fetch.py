"""Fetch one page within bounds of size, time and redirects."""

from __future__ import annotations

import re

import requests
from deadline import within

TIMEOUT_SECONDS = 12
MAX_BYTES = 2_000_000
MAX_REDIRECTS = 5
_READABLE = re.compile(r"(text/|application/(xhtml\+xml|xml|json))", re.IGNORECASE)


def fetch(url: str) -> tuple[str, str, bool]:
    """The address that answered, the page, and whether it was cut. Raises RuntimeError where no page came."""
    with requests.Session() as session:
        session.max_redirects = MAX_REDIRECTS

        def exchange() -> tuple[requests.Response, bytes, bool]:
            accepted = {"Accept": "text/html,*/*;q=0.5"}
            with session.get(url, headers=accepted, timeout=TIMEOUT_SECONDS, stream=True) as response:
                _require_page(response)
                return response, *_read(response)

        try:
            response, content, cut = within(TIMEOUT_SECONDS, exchange)
        except (requests.exceptions.Timeout, TimeoutError):
            raise RuntimeError(f"No complete page from {url[:200]} within {TIMEOUT_SECONDS} s.") from None
        except requests.exceptions.TooManyRedirects:
            raise RuntimeError(f"{url[:200]} redirects more than {MAX_REDIRECTS} times.") from None
        except requests.exceptions.RequestException as error:
            raise RuntimeError(f"Could not fetch {url[:200]}: {str(error)[-200:]}") from None
    return response.url, _decoded(content, response.headers.get("content-type", "")), cut


def _require_page(response: requests.Response) -> None:
    if response.status_code >= 400:
        raise RuntimeError(f"The page answered with status {response.status_code} {response.reason}.")
    kind = response.headers.get("content-type", "text/html")
    if not _READABLE.match(kind):
        raise RuntimeError(f"The address holds {kind[:80]}, not a page; use http_request for it.")


def _read(response: requests.Response) -> tuple[bytes, bool]:
    content = bytearray()
    for chunk in response.iter_content(8192):
        content += chunk
        if len(content) > MAX_BYTES:
            return bytes(content[:MAX_BYTES]), True
    return bytes(content), False


def _decoded(content: bytes, content_type: str) -> str:
    """The header's charset, else the one the page declares near its beginning, else UTF-8."""
    declared = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE) or re.search(
        r"<meta[^>]{0,200}charset=[\"']?([\w.:-]+)", content[:4096].decode("latin-1"), re.IGNORECASE
    )
    try:
        return content.decode(declared[1] if declared else "utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        return content.decode("utf-8", "replace")
