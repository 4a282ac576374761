"""Where the schemas inside a schema are: data such as ``const`` must not be taken for one."""

from __future__ import annotations

from collections.abc import Iterator

from registry.model import Json

MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SINGLES = frozenset(
    {
        "items",
        "additionalProperties",
        "unevaluatedItems",
        "unevaluatedProperties",
        "contains",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
        "contentSchema",
    }
)

_HOLDING = MAPS | LISTS | SINGLES

Path = tuple[str | int, ...]


def walk_subschemas(schema: Json, path: Path = ()) -> Iterator[tuple[Path, dict[str, Json]]]:
    """Every object schema inside ``schema``, itself included, with the path that leads to it. Follows no reference."""
    pending: list[tuple[Path, Json]] = [(path, schema)]
    while pending:
        here, node = pending.pop()
        if not isinstance(node, dict):
            continue
        yield here, node
        if not _HOLDING.isdisjoint(node):
            pending += list_children(node, here)


def list_children(schema: dict[str, Json], path: Path) -> list[tuple[Path, Json]]:
    """The schemas one step below ``schema``."""
    found: list[tuple[Path, Json]] = []
    for key, value in schema.items():
        if key in SINGLES:
            found.append(((*path, key), value))
        elif key in MAPS and isinstance(value, dict):
            found += [((*path, key, name), item) for name, item in value.items()]
        elif key in LISTS and isinstance(value, list):
            found += [((*path, key, index), item) for index, item in enumerate(value)]
    return found
