"""Which parts of a schema lead to a part of some kind: a walk through a value need not look at the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from registry.model import Json

from .local_references import resolve_reference
from .subschemas import list_children


def find_leading(root: Json, is_wanted: Callable[[dict[str, Any]], bool]) -> frozenset[int]:
    """The object schemas, by identity, that are wanted or from which a wanted one can be reached.

    References are followed, so recursion ends; each schema is looked at once.
    """
    reached_from: dict[int, list[int]] = {}
    pending, seen, leading = [root], set[int](), list[int]()
    while pending:
        schema = pending.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        if is_wanted(schema):
            leading.append(id(schema))
        beneath = [part for _, part in list_children(schema, ())]
        if isinstance(schema.get("$ref"), str):
            beneath.append(resolve_reference(root, schema["$ref"]))
        for part in beneath:
            reached_from.setdefault(id(part), []).append(id(schema))
        pending += beneath
    found = set(leading)
    while leading:
        for one in reached_from.get(leading.pop(), ()):
            if one not in found:
                found.add(one)
                leading.append(one)
    return frozenset(found)
