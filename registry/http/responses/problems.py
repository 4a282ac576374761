"""Every error answer, in the one shape of RFC 9457: the only place where exceptions become HTTP.

The status is decided here; the sentence (``detail``) is written where the error is raised.

``type, title, status, detail, instance, request_id`` and, where there are several faults,
``errors: [{pointer, message, code}]``; a refused or late edit says more. See ``schemas/problem.schema.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from registry.errors import (
    AlreadyThere,
    CannotEdit,
    ConfigError,
    EditRefused,
    Fault,
    GitFailed,
    InputRefused,
    NotFound,
    NotInvocable,
    SecretMissing,
    Stale,
    TooBusy,
    ToolcribError,
    Unavailable,
    UncommittedWork,
)
from registry.http.contract import TOO_LARGE, render_files
from registry.json_text import dumps
from registry.log import log
from registry.model import Json
from registry.views import render_finding

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[type[ToolcribError], tuple[int, str]] = {
    InputRefused: (400, "input-refused"),
    NotFound: (404, "not-found"),
    NotInvocable: (409, "not-invocable"),
    AlreadyThere: (409, "already-there"),
    UncommittedWork: (409, "uncommitted-work"),
    CannotEdit: (409, "cannot-edit"),
    Stale: (412, "stale"),
    EditRefused: (422, "edit-refused"),
    TooBusy: (429, "too-busy"),
    Unavailable: (503, "unavailable"),
    SecretMissing: (503, "secret-missing"),
    GitFailed: (503, "repository-unreadable"),
    ConfigError: (503, "misconfigured"),
}


class Refused(HTTPException):
    """A request that is refused before it reaches a view, with a sentence that says why and what to do."""

    def __init__(self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = status
        self.kind = kind
        self.headers = headers or {}


def render_problem(
    status: int,
    kind: str,
    detail: str,
    instance: str,
    request_id: str,
    faults: Sequence[Fault] = (),
    more: Mapping[str, Json] | None = None,
) -> bytes:
    """The JSON text of a problem; ``more`` are members of this kind of problem only."""
    body: dict[str, Json] = {
        "type": f"urn:toolcrib:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "request_id": request_id,
    }
    if faults:
        body["errors"] = [{"pointer": one.pointer, "message": one.message, "code": one.code} for one in faults]
    return dumps(body | dict(more or {}))


def answer_problem(
    status: int,
    kind: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Json] | None = None,
) -> Response:
    """One problem answer to the current request. ``kind`` is the stable last part of its ``type``."""
    body = render_problem(status, kind, detail, request.path, g.get("request_id", ""), faults, more)
    response = Response(body, status, headers, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def register_problems(app: Flask) -> None:
    """Let every exception of a request become a problem."""
    app.register_error_handler(ToolcribError, _from_domain)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _from_bug)


def _from_domain(error: Exception) -> Response:
    assert isinstance(error, ToolcribError)  # noqa: S101 -- registered for nothing else
    status, kind = _known(error)
    headers = {}
    if isinstance(error, TooBusy | Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return answer_problem(status, kind, str(error), faults=error.faults, headers=headers, more=_more(error))


def render_refusal(error: ToolcribError) -> dict[str, Json]:
    """Why one call of several did not run, as its answer says it: what the problem of that call alone would say."""
    _, kind = _known(error)
    said: dict[str, Json] = {"kind": kind, "message": str(error)}
    if error.faults:
        said["errors"] = [{"pointer": one.pointer, "message": one.message, "code": one.code} for one in error.faults]
    if isinstance(error, TooBusy | Unavailable):
        said["retry_after_seconds"] = error.retry_after_seconds
    return said


def _known(error: ToolcribError) -> tuple[int, str]:
    return next((_STATUS[kin] for kin in type(error).__mro__ if kin in _STATUS), (500, "internal"))


def _more(error: Exception) -> dict[str, Json]:
    """What somebody needs to go on: the names that may have been meant, what an edit was refused for."""
    if isinstance(error, NotFound) and error.near:
        return {"near": list(error.near)}
    if isinstance(error, EditRefused):
        return {"findings": [render_finding(one) for one in error.findings]}
    if isinstance(error, Stale):
        current = {"digest": error.digest, "revision": error.revision, "files": render_files(error.files)}
        return {"current": current, "difference": error.difference, "meanwhile": error.meanwhile}
    return {}


def _from_http(error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for nothing else
    if isinstance(error, Refused):
        return answer_problem(error.code or 400, error.kind, str(error.description), headers=error.headers)
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return Response(error.get_body(), status, dict(error.get_headers()))  # a redirect is not a fault
    kind, detail = _WORDS.get(status, (HTTPStatus(status).phrase.lower().replace(" ", "-"), error.description or ""))
    kept = {name: value for name, value in error.get_headers() if name == "Allow"}
    return answer_problem(status, kind, detail, headers=kept)


_WORDS = {
    404: ("not-found", "there is nothing at this address; /openapi.json lists every route"),
    405: ("method-not-allowed", "this address does not take that method; the Allow header names those it takes"),
    413: ("too-large", TOO_LARGE),
}


def _from_bug(error: Exception) -> Response:
    log.error("unexpected fault", exc_info=error)
    detail = f"a fault of the service; its log has the details under request id {g.get('request_id', '')}"
    return answer_problem(500, "internal", detail)
