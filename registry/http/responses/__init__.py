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
from .execution_events import SeenEvents
from .execution_followers import FOLLOWERS_AT_MOST, Followers
from .openapi_document import make_openapi_document
from .problems import MEDIA_TYPE, Refused, register_problems, render_problem, render_refusal
from .stream_answer import HANDS_OVER, HandOver, StreamAnswer

__all__ = [
    "FOLLOWERS_AT_MOST",
    "HANDS_OVER",
    "JSON",
    "MEDIA_TYPE",
    "CachedBody",
    "ClientDepartures",
    "Followers",
    "HandOver",
    "Refused",
    "SeenEvents",
    "StreamAnswer",
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
]
