"""What a request's body asks to run."""

from __future__ import annotations

from flask import current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from ..catalog import Catalog
from ..executions import Call
from .shapes import checked


def requested_call(catalog: Catalog, name: str) -> Call:
    """The call that the current request's body asks for. Raises NotFound or InputRefused."""
    tool = catalog.find(name)
    asked = checked("InvokeRequest", _body())
    return Call(
        tool,
        asked.get("arguments", {}),
        timeout_seconds=asked.get("timeout_seconds"),
        caller_id=asked.get("caller_id"),
        trace_id=asked.get("trace_id"),
        request_id=g.request_id,
        remote_address=request.remote_addr,
    )


def _body() -> bytes:
    # A body without a length is cut at the bound, silently: only by one byte more can it be seen to be too long.
    most = current_app.config["MAX_CONTENT_LENGTH"]
    request.max_content_length = most + 1
    body = request.get_data(cache=False)
    if len(body) > most:
        raise RequestEntityTooLarge
    return body
