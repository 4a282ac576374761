"""Whether an array holds two equal items, in time that grows with its size alone."""

from __future__ import annotations

from collections.abc import Hashable

from registry.model import Json


def holds_twice(items: list[Json]) -> bool:
    """Equal as JSON says it: 1 is 1.0 and not true, and the order of an object's names does not count."""
    return len({_key(item) for item in items}) < len(items)


def _key(value: Json) -> Hashable:
    key: Hashable = value
    if isinstance(value, bool) or value is None:
        return (value,)  # as a tuple: True would be 1
    if isinstance(value, list):
        return ("list", *map(_key, value))
    if isinstance(value, dict):
        return frozenset((name, _key(one)) for name, one in value.items())
    return key
