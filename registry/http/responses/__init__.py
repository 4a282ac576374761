"""Writing an answer: cached bodies with their ETag, problems, event streams, the OpenAPI document."""

from __future__ import annotations

from .cached_answers import (
    JSON,
    CachedBody,
    answer_conditionally,
    answer_from_catalog,
    answer_json,
    answer_with_etag,
    make_body,
    make_page_links,
)
from .client_departure import ClientDepartures
from .execution_events import SeenEvents, stream_events
from .openapi_document import make_openapi_document
from .problems import MEDIA_TYPE, Refused, register_problems, render_problem, render_refusal

__all__ = [
    "JSON",
    "MEDIA_TYPE",
    "CachedBody",
    "ClientDepartures",
    "Refused",
    "SeenEvents",
    "answer_conditionally",
    "answer_from_catalog",
    "answer_json",
    "answer_with_etag",
    "make_body",
    "make_openapi_document",
    "make_page_links",
    "register_problems",
    "render_problem",
    "render_refusal",
    "stream_events",
]
