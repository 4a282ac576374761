"""The secret of the push hook, and what is signed with it (HMAC-SHA-256 over the body, as GitHub does it)."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from registry.errors import ConfigError

from .secrets_file import Unreadable, read_file

_KEY_BYTES = 16  # and more: a short one can be guessed from a single signed body
_FILE_BYTES = 4096


def read_key(path: Path) -> bytes:
    """The secret as it is in the file now, without white space around it. Raises ConfigError."""
    try:
        key = read_file(path, _FILE_BYTES).strip()
    except Unreadable as error:
        raise ConfigError(f"TOOLCRIB_PUSH_SECRET_FILE: {error}") from None
    if len(key) < _KEY_BYTES:
        raise ConfigError(f"TOOLCRIB_PUSH_SECRET_FILE: a secret has at least {_KEY_BYTES} characters")
    return key


def is_signed(key: bytes, body: bytes, signature: str) -> bool:
    """Whether ``signature`` (``sha256=<hex>``) is that of the body."""
    expected = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), expected.encode())
