"""Reading the body of the current request, and no more of it than the address takes."""

from __future__ import annotations

import threading
from contextlib import nullcontext

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from registry.http.contract import MAX_BODY_BYTES, read_shape
from registry.model import Json

# JSON of empty lists takes twenty times its length until its shape is seen to be wrong: a few at once would be all of a
# worker's memory.
_large = threading.Lock()


def read_body(at_most: int = MAX_BODY_BYTES) -> bytes:
    """The bytes of the body. Raises RequestEntityTooLarge."""
    # A body without a length is cut at the bound, silently: only by one byte more can it be seen to be too long.
    request.max_content_length = at_most + 1
    body = request.get_data(cache=False)
    if len(body) > at_most:
        raise RequestEntityTooLarge
    return body


def read_json_body(shape: str, at_most: int = MAX_BODY_BYTES, *, optional: bool = False) -> Json:
    """The body as JSON of a shape of ``schemas/``; no body is an empty object where it is ``optional``.

    Raises InputRefused with every fault.
    """
    body = read_body(at_most)
    if optional and not body:
        body = b"{}"
    with _large if len(body) > MAX_BODY_BYTES else nullcontext():
        return read_shape(shape, body)
