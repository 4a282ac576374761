"""The page: the files of ``web/dist``, sent as they were built, and its document at every address that it shows.

The page itself reads only the public API. Its addresses are no part of that, so they are not in ``/openapi.json``.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from registry.built_page import BUILT, POLICY
from registry.errors import NotFound

blueprint = Blueprint("page", __name__)

VIEWS = ("/", "/tools", "/tools/<path:rest>", "/new", "/executions", "/executions/<path:rest>", "/status")
"""The addresses that the page's own router knows; it says so itself where it knows nothing of the rest."""

_FOR_A_YEAR = "public, max-age=31536000, immutable"
_CODINGS = (("br", ".br"), ("gzip", ".gz"))  # the smaller one first
_POLICY = f"{POLICY}; frame-ancestors 'none'"
_NOT_BUILT = """Toolcrib

The API is served here (/openapi.json lists every route), but its page was not built.
`setup/page` builds it and says what it lacks; `make run` and `make test` run it too. It needs Node or a package index.
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file: its bytes plain and as they are compressed, by Content-Encoding."""

    content: bytes
    encoded: dict[str, bytes]
    media_type: str
    tag: str


def _view(rest: str = "") -> Response:
    """The page's document, whatever the address: what to show there is for its own router."""
    document = _asset("index.html")
    if document is None:
        response = Response(_NOT_BUILT, mimetype="text/plain")
        response.headers["Cache-Control"] = "no-store"
        return response
    return _answer(document, "no-cache")


for number, rule in enumerate(VIEWS):
    blueprint.add_url_rule(rule, f"view_{number}", _view, methods=["GET"])


@blueprint.get("/assets/<name>")
def asset(name: str) -> Response:
    """A file whose name changes with its content."""
    found = _asset(f"assets/{name}") if re.fullmatch(r"\w[\w.-]*", name) else None
    if found is None:
        raise NotFound(f"the page has no file {name[:200]!r}; it may have been built anew: load it again")
    return _answer(found, _FOR_A_YEAR)


@blueprint.get("/favicon.svg")
def icon() -> Response:
    """The page's sign."""
    found = _asset("favicon.svg")
    if found is None:
        raise NotFound("the page was not built")
    return _answer(found, "public, max-age=86400")


def _answer(found: Asset, caching: str) -> Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding", "Content-Security-Policy": _POLICY}
    content, tag = found.content, found.tag
    for coding, _ in _CODINGS:
        if coding in found.encoded and request.accept_encodings.quality(coding) > 0:
            content, tag = found.encoded[coding], f"{found.tag}-{coding}"
            headers["Content-Encoding"] = coding
            break
    headers["ETag"] = f'"{tag}"'
    if request.if_none_match.contains_weak(tag):
        headers.pop("Content-Encoding", None)
        return Response(status=304, headers=headers)
    return Response(content, headers=headers, mimetype=found.media_type)


def _asset(path: str) -> Asset | None:
    """A built file; None where there is none. Read once for each time that it is built."""
    try:
        written = (BUILT / path).stat().st_mtime_ns
    except OSError:
        return None
    return _read(BUILT / path, written)


@cache
def _read(path: Path, written: int) -> Asset:
    content = path.read_bytes()
    encoded = {
        coding: path.with_name(path.name + ending).read_bytes()
        for coding, ending in _CODINGS
        if path.with_name(path.name + ending).is_file()
    }
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, encoded, media_type, hashlib.sha256(content).hexdigest()[:32])
