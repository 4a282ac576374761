"""What the worker itself refuses, because it never becomes a request: in the one shape of every error answer."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.util import http_date  # type: ignore[import-untyped]

from registry.http.contract import TOO_LARGE as BODY_TOO_LARGE
from registry.http.responses import MEDIA_TYPE, render_problem
from registry.log import log

_SHOWN_CHARACTERS = 300


class UnfinishedError(errors.ParseException):  # type: ignore[misc]
    """A request that is shorter than its own head says, or has no head."""

    def __str__(self) -> str:
        return "the request does not have the form of HTTP/1.1"


class RefusedError(errors.ParseException):  # type: ignore[misc]
    """A request that the worker refuses by itself."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.kind = status, kind


LATE = RefusedError(408, "request-timeout", "the request did not arrive in time; send it again, at once")
CODED = RefusedError(501, "not-implemented", "the only Transfer-Encoding that is read is chunked")
TOO_LARGE = RefusedError(413, "too-large", BODY_TOO_LARGE)
FULL = RefusedError(503, "unavailable", "too many requests are arriving at once; send it again in a moment")
_REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    errors.LimitRequestLine: (414, "uri-too-long", "the first line is longer than 8190 bytes"),
    errors.LimitRequestHeaders: (431, "headers-too-large", "more than 100 headers, or one over 8190 bytes"),
    errors.ExpectationFailed: (417, "expectation-failed", "the only Expect that is met is 100-continue"),
    errors.UnsupportedTransferCoding: (501, CODED.kind, str(CODED)),
}
_OWN_FAULTS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)


def make_early_refusal(fault: Exception, path: str, remote_address: str) -> bytes:
    """The whole answer to what ended in ``fault``, as HTTP/1.1 bytes; ``path`` is empty where it is not known."""
    request_id = uuid.uuid4().hex
    status, kind, detail = _refusal(fault)
    known = {"request_id": request_id, "remote_address": remote_address}
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        detail = f"a fault of the service; its log has the details under request id {request_id}"
        log.error("unexpected fault", exc_info=fault, **known)
    else:
        log.info("refused", status=status, fault=str(fault)[:_SHOWN_CHARACTERS], **known)
    return _answer(status, request_id, render_problem(status, kind, detail, path, request_id))


def _refusal(fault: Any) -> tuple[int, str, str]:
    """The status, kind and detail of what a fault is answered with."""
    if isinstance(fault, RefusedError):
        return fault.status, fault.kind, str(fault)
    if isinstance(fault, _OWN_FAULTS) or not isinstance(fault, errors.ParseException):
        return 500, "internal", ""
    return _REFUSALS.get(type(fault), (400, "bad-request", str(fault)[:_SHOWN_CHARACTERS]))


def _answer(status: int, request_id: str, body: bytes) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Date: {http_date()}",
        "Connection: close",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-ID: {request_id}",
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append("Retry-After: 1")
    return "\r\n".join([*lines, "", ""]).encode() + body
