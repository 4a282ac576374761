"""Who may speak to the service, without logins: by which name it is addressed, from which page, in which language.

- ``Host`` must be a name of the service (else another site's name pointed at our address reads everything: DNS
  rebinding). This holds for every route.
- On a change, ``Origin`` must be the page's own address and a body must be JSON (else any page could post a form here),
  in UTF-8 and as it is: nothing is unpacked, so nothing can be larger inside than outside.
- With ``TOOLCRIB_TOKEN``, a change also needs the token; only a route whose calls are signed does without.
"""

from __future__ import annotations

import hmac
import re
import uuid

import structlog
from flask import Flask, Response, current_app, g, request

from registry.config import Config
from registry.http.contract import RouteDescription
from registry.http.responses import Refused

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_UTF_8 = {"utf-8", "utf8"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


def register_caller_checks(app: Flask, config: Config) -> None:
    """Check every request before any view sees it, and send the safety headers with every answer."""
    names = {"localhost", "127.0.0.1", "::1", config.host.lower(), *config.allowed_hosts}
    token = config.token

    @app.before_request
    def check() -> None:
        _name_request()
        _check_host(names)
        if request.method not in _SAFE_METHODS:
            _check_origin()
            _check_language()
            if not _is_signed():
                _check_token(token)

    @app.after_request
    def send_headers(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _name_request() -> None:
    """The request's id: the caller's where it is harmless in a log and a header, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _check_host(names: set[str]) -> None:
    host = request.environ.get("HTTP_HOST", "")
    name = _host_name(host)
    if name not in names:
        add = f"can add {name[:200]} to TOOLCRIB_ALLOWED_HOSTS, or" if name else "can"
        raise Refused(
            403,
            "host-refused",
            f"the request came with the header Host: {host[:200]!r}, and this service does not go by that name; its "
            f"operator {add} have the proxy before it pass on the name that people use "
            "(nginx: proxy_set_header Host $http_host)",
        )


def _host_name(host: str) -> str:
    """The name in a Host header: without port, brackets, case and the root's dot. Empty when it is not one."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?", host)
    return (match[1] or match[2]).lower().rstrip(".") if match else ""


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    cross_site = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
    own = {f"{scheme}://{request.environ['HTTP_HOST']}".lower() for scheme in ("http", "https")}
    if cross_site or (origin is not None and origin.lower() not in own):
        page, host = (origin or "another site")[:200], request.environ["HTTP_HOST"][:200]
        raise Refused(
            403,
            "origin-refused",
            "changes are taken from this service's own pages and from programs only; this one came from "
            f"{page!r} with the header Host: {host!r}. If that "
            "page is this service's, the proxy before it must pass Host on (nginx: proxy_set_header Host $http_host), "
            "and TOOLCRIB_ALLOWED_HOSTS must have the name",
        )


def _check_language() -> None:
    has_body = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if has_body and request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise Refused(415, "not-json", "send the body as JSON, with Content-Type: application/json")
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _UTF_8:
        raise Refused(415, "charset", f"send the body in UTF-8; its Content-Type says charset={charset[:40]!r}")
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        detail = f"send the body as it is, without Content-Encoding; {coding[:40]!r} is not unpacked"
        raise Refused(415, "content-encoding", detail, {"Accept-Encoding": "identity"})


def _is_signed() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    description = getattr(view, "description", None)
    return isinstance(description, RouteDescription) and description.signed


def _check_token(token: str | None) -> None:
    if token is None:
        return
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Refused(
            401,
            "token-needed",
            "changes and invokes need the service's token: send Authorization: Bearer <token>",
            {"WWW-Authenticate": "Bearer"},
        )
