"""Answers that are made once per catalog and sent many times, with ETag and 304."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from registry.catalog import Catalog
from registry.json_text import dumps
from registry.model import Json

JSON = "application/json"
_KEPT_BYTES = 64 * 1024
_COMPRESSED_BYTES = 1024
_GZIP_TAG = "-gzip"


@dataclass(frozen=True, slots=True)
class CachedBody:
    """The bytes of an answer, plain and compressed (None where that is not worth it), and what names them.

    ``tag`` is the ETag of the plain bytes without its quotes; the compressed ones, being other bytes, have another.
    """

    content: bytes
    tag: str
    link: str = ""
    gzipped: bytes | None = None


def make_body(content: bytes, link: str = "") -> CachedBody:
    """A body with the ETag of its bytes, compressed once for everybody who will ask for it."""
    # No time in it: the same revision gives the same bytes.
    gzipped = gzip.compress(content, 6, mtime=0) if len(content) >= _COMPRESSED_BYTES else None
    return CachedBody(content, hashlib.sha256(content).hexdigest()[:32], link, gzipped)


def answer_from_catalog(
    catalog: Catalog, key: object, make: Callable[[], CachedBody], media_type: str = JSON, *, usual: bool = True
) -> Response:
    """The answer under ``key`` of this catalog, made when first asked for; 304 when the caller has it already.

    A large body is kept only if ``usual``: there are as many unusual ones as anybody cares to ask for.
    """
    fresh: list[CachedBody] = []

    def keep() -> CachedBody | None:
        fresh.append(make())
        return fresh[0] if usual or len(fresh[0].content) <= _KEPT_BYTES else None

    kept = catalog.derived(("body", key), keep)
    return answer_conditionally(kept or (fresh[0] if fresh else make()), media_type)


def answer_conditionally(made: CachedBody, media_type: str) -> Response:
    """An answer with its ETag, or 304 without a body when ``If-None-Match`` names it."""
    content, tag = made.content, made.tag
    headers = {"Cache-Control": "no-cache"}
    if made.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings.quality("gzip") > 0:
            content, tag = made.gzipped, made.tag + _GZIP_TAG
            headers["Content-Encoding"] = "gzip"
    headers["ETag"] = f'"{tag}"'
    if made.link:
        headers["Link"] = made.link
    if "If-None-Match" in request.headers and any(
        map(request.if_none_match.contains_weak, (made.tag, made.tag + _GZIP_TAG))
    ):
        headers.pop("Content-Encoding", None)
        return Response(status=304, headers=headers)
    return Response(content, headers=headers, mimetype=media_type)


def answer_with_etag(made: CachedBody, status: int) -> Response:
    """The answer to a change: what is there now, with the ETag that the next change needs."""
    headers = {"Cache-Control": "no-store", "ETag": f'"{made.tag}"'}
    return Response(made.content, status, headers, mimetype=JSON)


def answer_json(value: Json, status: int = 200, link: str = "") -> Response:
    """An answer that is not kept: made now, for this request only."""
    response = Response(dumps(value), status, mimetype=JSON)
    response.headers["Cache-Control"] = "no-store"
    if link:
        response.headers["Link"] = link
    return response


def make_page_links(page: int, last: int) -> str:
    """The Link header (RFC 8288) of one page of a list: first, prev, next and last, with the rest of the query kept."""
    query = {name: request.args.getlist(name) for name in request.args if name != "page"}

    def link(number: int, rel: str) -> str:
        return f'<{request.path}?{urlencode(query | {"page": [str(number)]}, doseq=True)}>; rel="{rel}"'

    links = [link(1, "first"), link(last, "last")]
    if page > 1:
        links.append(link(min(page - 1, last), "prev"))
    if page < last:
        links.append(link(page + 1, "next"))
    return ", ".join(links)
