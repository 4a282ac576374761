"""Send one HTTP request and return a bounded account of the answer."""

from __future__ import annotations

import re
import time

import requests
from answer import body_fields, read_bounded
from deadline import within

MAX_REDIRECTS = 5
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def main(
    url: str,
    method: str = "GET",
    headers: list[dict] | None = None,
    body: str | None = None,
    timeout_seconds: int = 15,
    follow_redirects: bool = True,
    max_bytes: int = 100_000,
) -> dict:
    """Send the request; raises ValueError for arguments and RuntimeError for an answer that never came."""
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"url must begin with http:// or https://, not {url[:60]!r}.")
    sent_headers = _checked_headers(headers or [])
    started = time.monotonic()
    with requests.Session() as session:
        session.max_redirects = MAX_REDIRECTS

        def exchange() -> tuple[requests.Response, bytes, bool]:
            with session.request(
                method,
                url,
                headers=sent_headers,
                data=None if body is None else body.encode(),
                timeout=timeout_seconds,
                allow_redirects=follow_redirects,
                stream=True,
            ) as response:
                return response, *read_bounded(response, max_bytes)

        try:
            response, content, truncated = within(timeout_seconds, exchange)
        except (requests.exceptions.RequestException, TimeoutError) as error:
            raise _explained(error, url, timeout_seconds) from None
    return {
        "status": response.status_code,
        "reason": response.reason or "",
        "url": response.url,
        "redirects": [earlier.url for earlier in response.history],
        "headers": {name.lower(): value[:4000] for name, value in list(response.headers.items())[:100]},
        **body_fields(content, response.headers.get("content-type", ""), truncated),
        "elapsed_ms": round((time.monotonic() - started) * 1000),
    }


def _checked_headers(headers: list[dict]) -> dict[str, str | bytes]:
    checked: dict[str, str | bytes] = {"User-Agent": "http-request-tool/1"}
    for header in headers:
        name, value = header["name"], header["value"].strip()
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name[:60]!r} is not a header name: use letters, digits and hyphens, without spaces.")
        if "\r" in value or "\n" in value or "\0" in value:
            raise ValueError(f"The value of header {name} must be one line.")
        checked[name] = value.encode("utf-8")
    return checked


def _explained(error: Exception, url: str, timeout_seconds: int) -> Exception:
    """One sentence per cause, since the library's own messages are nested object dumps."""
    named = requests.exceptions
    if isinstance(error, named.TooManyRedirects):
        return RuntimeError(f"More than {MAX_REDIRECTS} redirects; call again with follow_redirects false to see them.")
    if isinstance(error, named.SSLError):
        return RuntimeError(f"The TLS certificate or handshake of {url[:200]} was not accepted: {str(error)[-200:]}")
    if isinstance(error, (named.Timeout, TimeoutError)):
        return RuntimeError(f"No complete answer from {url[:200]} within {timeout_seconds} s.")
    if isinstance(error, named.ConnectionError):
        return RuntimeError(f"Could not connect to {url[:200]}: {str(error)[-200:]}")
    if isinstance(error, ValueError):  # requests: InvalidURL, InvalidSchema, MissingSchema, InvalidHeader
        return ValueError(f"The address cannot be requested: {str(error)[:200]}")
    return RuntimeError(f"The exchange with {url[:200]} broke off: {str(error)[:200]}")
