"""One HTTP exchange within bounds: a deadline, a largest answer, and no other host. Standard library only."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from .credentials import Credential, add_credential, refuse_lines
from .file_blocks import make_file_block

__all__ = [
    "Answer",
    "CallFailed",
    "Credential",
    "add_credential",
    "exchange",
    "find_deadline",
    "make_file_block",
    "refuse_lines",
]
TIMEOUT_SECONDS = 25.0
MAX_REDIRECTS = 5
MAX_ANSWER_BYTES = 700_000
"""So much fits a result of 1 MiB, as base64 too."""
_MAX_SHOWN = 2000
_CHUNK_BYTES = 65536
_REDIRECTS = (301, 302, 303, 307, 308)
_ERRORS = 400


class CallFailed(RuntimeError):
    """The server answered with an error, sent elsewhere, or could not be reached."""


class Answer:
    """An open answer: its status, its headers, and its body, which can be read once."""

    def __init__(self, response: Any, deadline: float) -> None:
        self.status: int = response.status
        self.reason: str = response.reason or ""
        self.headers: http.client.HTTPMessage = response.headers
        self.url: str = response.url or ""
        self._response = response
        self._deadline = deadline

    @property
    def mime(self) -> str:
        """The media type, in lower case and without parameters."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()

    def chunks(self, most: int = MAX_ANSWER_BYTES) -> Iterator[bytes]:
        """The body as it comes. Raises CallFailed past the deadline, or where it is too large or breaks off."""
        size = 0
        unpack = _Unpacking(self.headers.get("Content-Encoding") or "")
        try:
            while packed := self._response.read1(_CHUNK_BYTES):
                chunk = unpack.feed(packed, most - size + 1)
                size += len(chunk)
                if size > most:
                    raise CallFailed(f"The answer is larger than {most} bytes: ask for less of it.")
                if time.monotonic() > self._deadline:
                    raise CallFailed(f"No complete answer within {TIMEOUT_SECONDS:.0f} s.")
                yield chunk
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise CallFailed(f"The answer broke off: {_said(error)}") from None

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks())

    def close(self) -> None:
        """Hang up."""
        self._response.close()

    def raise_for_status(self, what: str) -> None:
        """Raise CallFailed, with the beginning of the body, where the status is an error's."""
        if self.status < _ERRORS:
            return
        body = self.read().decode("utf-8", "replace").strip()
        shown = body if len(body) <= _MAX_SHOWN else body[:_MAX_SHOWN] + " …"
        wait = self.headers.get("Retry-After")
        later = f" (try again after {wait[:40]})" if wait else ""
        raise CallFailed(f"{what} was answered {self.status} {self.reason}{later}: {shown or 'without a body'}")


class _Unpacking:
    """Unpacks gzip and deflate, which some servers send unasked, and never more than is wanted."""

    def __init__(self, encoding: str) -> None:
        packed = encoding.strip().lower() in ("gzip", "x-gzip", "deflate")
        self._unpacker = zlib.decompressobj(wbits=47) if packed else None

    def feed(self, data: bytes, most: int) -> bytes:
        return data if self._unpacker is None else self._unpacker.decompress(data, most)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class _Errors(urllib.request.HTTPErrorProcessor):
    """Hands every status over as it is."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    def https_response(self, request: Any, response: Any) -> Any:
        return response


def find_deadline() -> float:
    """The end, on the monotonic clock, of an exchange that begins now."""
    return time.monotonic() + TIMEOUT_SECONDS


def exchange(
    method: str, url: str, headers: dict[str, str], body: bytes | None = None, deadline: float | None = None
) -> Answer:
    """Send a request and follow its redirects, as long as they stay on scheme, host and port of ``url``.

    Elsewhere the headers, which may hold a token, are never sent. Raises CallFailed where no answer came.
    """
    deadline = find_deadline() if deadline is None else deadline
    opener = urllib.request.build_opener(_NoRedirects, _Errors)
    for _ in range(MAX_REDIRECTS + 1):
        answer = Answer(_open(opener, method, url, headers, body, deadline), deadline)
        target = answer.headers.get("Location")
        if answer.status not in _REDIRECTS or not target:
            return answer
        answer.close()
        url = _redirected(url, target)
        if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):  # noqa: PLR2004
            method, body = "HEAD" if method == "HEAD" else "GET", None
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    raise CallFailed(f"More than {MAX_REDIRECTS} redirects.")


def _open(
    opener: urllib.request.OpenerDirector,
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
    deadline: float,
) -> Any:
    where = urlsplit(url).netloc
    encoded = {name: value.encode("utf-8").decode("latin-1") for name, value in headers.items()}
    request = urllib.request.Request(url, body, encoded, method=method)  # noqa: S310 -- the scheme is checked at import
    try:
        return opener.open(request, timeout=max(0.1, deadline - time.monotonic()))
    except (OSError, http.client.HTTPException) as error:
        raise CallFailed(f"{where} could not be reached: {_said(error)}") from None


def _redirected(url: str, target: str) -> str:
    there = urljoin(url, target)
    if _origin(there) != _origin(url):
        shown = there.partition("?")[0][:200]
        raise CallFailed(
            f"{urlsplit(url).netloc} sends to {shown}, which is another host: this tool does not go there."
        )
    return there


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _said(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return (str(cause) or type(cause).__name__)[:200]
