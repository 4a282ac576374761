"""Whether an array holds two equal items, in time that grows with its size alone.

Numbers are compared as texts: Python's hashes of numbers are known beforehand, and whoever sends many of one hash would
have each compared with all. Those of texts differ from process to process.
"""

from __future__ import annotations

from collections.abc import Hashable

from registry.model import Json


def holds_twice(items: list[Json]) -> bool:
    """Equal as JSON says it: 1 is 1.0 and not true, and the order of an object's names does not count."""
    return len({_key(item) for item in items}) < len(items)


def _key(value: Json) -> Hashable:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return ("", value)
    if isinstance(value, float):
        return hex(int(value)) if value.is_integer() else value.hex()
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, list):
        return ("list", *map(_key, value))
    if isinstance(value, dict):
        return frozenset((name, _key(one)) for name, one in value.items())
    raise TypeError(f"no JSON value: {type(value).__name__}")
