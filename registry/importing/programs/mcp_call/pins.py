"""Pins of what a server says of a tool: digests of its description and of its parameters."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def make_pin(value: Any) -> str:
    """A digest that is equal for equal JSON values, whatever the order of their keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def explain_change(definition: dict[str, Any], description_pin: str, parameters_pin: str) -> str:
    """What of a definition is not as pinned, in words; empty where it all is."""
    changed = []
    if make_pin(definition.get("description") or "") != description_pin:
        changed.append("description")
    if make_pin(definition.get("inputSchema") or {}) != parameters_pin:
        changed.append("list of parameters")
    return " and ".join(changed)
