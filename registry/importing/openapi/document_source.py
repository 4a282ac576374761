"""The bytes of a document that somebody named: a file, or an address of the web, within bounds of size and time."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from registry.errors import InputRefused

MAX_BYTES = 32 * 1024 * 1024
MAX_SECONDS = 60.0
_CHUNK_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Source:
    """A document's bytes; ``address`` is where it was found on the web, after redirects, or None for a file."""

    data: bytes
    address: str | None


class _WebRedirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not is_web_address(newurl):
            raise InputRefused(f"{req.full_url[:200]} sends to {newurl[:200]}, which is no http or https address.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def is_web_address(text: str) -> bool:
    """Whether a text is an http or https address with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def read_source(place: str) -> Source:
    """Read a file or an http(s) address. Raises InputRefused: nothing there, over 32 MiB, no answer within a minute."""
    if "://" in place:
        return _fetch(place)
    path = Path(place)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputRefused(f"{place[:200]} cannot be read: {error.strerror or error}.") from None
    _refuse_large(place, len(data))
    return Source(data, None)


def _fetch(address: str) -> Source:
    if not is_web_address(address):
        raise InputRefused(f"{address[:200]} is no http or https address; give one of these, or a file's path.")
    deadline = time.monotonic() + MAX_SECONDS
    headers = {"Accept": "application/json, application/yaml, */*;q=0.5", "User-Agent": "toolcrib-import/1"}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 -- http and https alone, see above
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _WebRedirects(),
    ):
        opener.add_handler(handler)
    try:
        with opener.open(request, timeout=MAX_SECONDS / 2) as response:
            data = bytearray()
            while chunk := response.read1(_CHUNK_BYTES):
                data += chunk
                _refuse_large(address, len(data))
                if time.monotonic() > deadline:
                    raise InputRefused(f"{address[:200]} was not read within {MAX_SECONDS:.0f} s.")
            return Source(bytes(data), response.url)
    except urllib.error.HTTPError as error:
        error.close()
        raise InputRefused(f"{address[:200]} was answered {error.code} {error.reason}.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        raise InputRefused(f"{address[:200]} cannot be read: {str(cause)[:200]}.") from None


def _refuse_large(place: str, size: int) -> None:
    if size > MAX_BYTES:
        raise InputRefused(f"{place[:200]} has more than {MAX_BYTES // 1024 // 1024} MiB, the largest that is read.")
