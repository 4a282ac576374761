"""Pins of what a server says of a tool; the program ``mcp_call`` makes the same."""

from __future__ import annotations

import hashlib
import json

from registry.model import Json


def make_pin(value: Json) -> str:
    """A digest that is equal for equal JSON values, whatever the order of their keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
