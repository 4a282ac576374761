"""``If-Match``: which state of a tool an edit was made from.

A tool's ETag begins with the digest of its folder; what follows tells apart answers of the same folder (an image that
is ready by now), which is none of an edit's business. So the whole ETag is taken, the digest alone, and what a
compressing proxy makes of either.
"""

from __future__ import annotations

import re

from flask import request

from registry.http.responses import Refused

_TAG = re.compile(r'(?:W/)?("?)([0-9a-f]{40}(?:[0-9a-f]{24})?)(?:-[0-9a-z-]*)?\1')
_WORDS = (
    "say which state of the tool this edit was made from: send If-Match with the ETag or the digest that "
    "GET /api/v1/tools/{name} gave"
)


def read_required_digests() -> frozenset[str]:
    """The digests that the request names. Raises Refused (428) where it names none."""
    given = [tag.strip() for value in request.headers.getlist("If-Match") for tag in value.split(",")]
    if not any(given) or "*" in given:
        star = "; * is not taken, because it would undo what it has not seen" if "*" in given else ""
        raise Refused(428, "precondition-required", _WORDS + star)
    # What is no tag of ours names a state that the tool is not in.
    return frozenset(match[2] if (match := _TAG.fullmatch(tag)) else tag for tag in given)


def read_optional_digests() -> frozenset[str] | None:
    """The same where it need not be said, as in a dry run; None where it is not."""
    return read_required_digests() if "If-Match" in request.headers else None
