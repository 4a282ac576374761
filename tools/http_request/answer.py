"""Read a response body within bounds and say it in JSON."""

from __future__ import annotations

import base64
import re

import requests

_CHUNK_BYTES = 8192
_TEXT_TYPES = re.compile(r"^(text/|application/(.*\+)?(json|xml|yaml|javascript|x-www-form-urlencoded))", re.IGNORECASE)


def read_bounded(response: requests.Response, max_bytes: int) -> tuple[bytes, bool]:
    """The first ``max_bytes`` of the (decompressed) body, and whether there is more."""
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > max_bytes:
            return bytes(content[:max_bytes]), True
    return bytes(content), False


def body_fields(content: bytes, content_type: str, truncated: bool) -> dict:
    """``body``, ``body_encoding``, ``body_bytes`` and ``truncated``: text where the bytes are text, else base64."""
    text = _as_text(content, content_type, truncated)
    return {
        "body": base64.b64encode(content).decode() if text is None else text,
        "body_encoding": "base64" if text is None else "text",
        "body_bytes": len(content),
        "truncated": truncated,
    }


def _as_text(content: bytes, content_type: str, truncated: bool) -> str | None:
    charset = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    if charset:
        try:
            return content.decode(charset[1], "replace")
        except (LookupError, UnicodeError, ValueError):
            pass  # an unknown charset, or one that is no text encoding
    if _TEXT_TYPES.match(content_type):
        return content.decode("utf-8", "replace")
    try:
        return content.decode("utf-8") if b"\0" not in content else None
    except UnicodeDecodeError as error:
        cut_inside_a_character = truncated and error.start >= len(content) - 3
        return content[: error.start].decode("utf-8") if cut_inside_a_character else None
