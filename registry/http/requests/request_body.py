"""Reading the body of the current request, and no more of it than the address takes."""

from __future__ import annotations

import threading
from contextlib import nullcontext

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from registry.http.contract import MAX_BODY_BYTES, find_body_limit, read_shape
from registry.model import Json

# JSON of empty lists takes twenty times its length until its shape is seen to be wrong: a few at once would be all of a
# worker's memory.
_large = threading.Lock()


def read_body() -> bytes:
    """The bytes of the body, at most as many as its address takes. Raises RequestEntityTooLarge."""
    at_most = find_body_limit(f"{request.method} {request.path} ".encode())
    # A body without a length is cut at the bound, silently: only by one byte more can it be seen to be too long.
    request.max_content_length = at_most + 1
    body = request.get_data(cache=False)
    if len(body) > at_most:
        raise RequestEntityTooLarge
    return body


def read_json_body(shape: str, *, optional: bool = False) -> Json:
    """The body as JSON of a shape of ``schemas/``; no body is an empty object where it is ``optional``.

    Raises InputRefused with every fault.
    """
    body = read_body()
    if optional and not body:
        body = b"{}"
    with _large if len(body) > MAX_BODY_BYTES else nullcontext():
        return read_shape(shape, body)
