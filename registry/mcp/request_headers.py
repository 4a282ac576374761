"""What an HTTP request says outside its body."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

PARAMETER_PREFIX = "Mcp-Param-"
_ENCODED = re.compile(r"=\?base64\?(.*)\?=")


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers that repeat what a message says; None is one that is not there.

    ``parameters`` are those of arguments, by their whole name in small letters.
    """

    version: str | None
    method: str | None
    name: str | None
    parameters: Mapping[str, str] = field(default_factory=dict)


def decode_header(value: str | None) -> str | None:
    """A header's text, which may be written ``=?base64?…?=``; None where that is not well-formed."""
    match = _ENCODED.fullmatch(value or "")
    if match is None:
        return value
    try:
        return base64.b64decode(match[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
