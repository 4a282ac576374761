"""Hash a text. A script: arguments on standard input, the result on standard output."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import sys


def content_of(text: str, encoding: str) -> bytes:
    """The bytes to hash; raises ValueError for what cannot be turned into bytes."""
    try:
        return base64.b64decode(text, validate=True) if encoding == "base64" else text.encode("utf-8")
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise ValueError(f"text is not {encoding}; check encoding, or leave out what does not belong to it.") from None


def digest(text: str, encoding: str = "utf-8", algorithm: str = "sha256", expected: str | None = None) -> dict:
    """The digest of ``text``, compared with ``expected`` where that is given."""
    content = content_of(text, encoding)
    found = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
    return {
        "algorithm": algorithm,
        "hexadecimal": found,
        "bytes": len(content),
        "equal": None if expected is None else hmac.compare_digest(found, expected.lower()),
    }


json.dump(digest(**json.load(sys.stdin)), sys.stdout)
