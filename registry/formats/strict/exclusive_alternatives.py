"""Whether alternatives exclude one another, so that "exactly one" (oneOf) and "at least one" (anyOf) are the same."""

from __future__ import annotations

from itertools import combinations

from registry.jsonschemas import compile_checked
from registry.model import Json

_MOST_COMPARED = 60


def are_exclusive(branches: list[dict[str, Json]]) -> bool:
    """Whether it is certain, by their types or listed values, that no value is valid for two of the schemas."""
    if len(branches) > _MOST_COMPARED:
        return False
    return all(_exclude(one, other) for one, other in combinations(branches, 2))


def _exclude(one: dict[str, Json], other: dict[str, Json]) -> bool:
    if _types(one).isdisjoint(_types(other)):
        return True
    for listed, judge in ((one, other), (other, one)):
        values = _values(listed)
        if values is not None and not any(_accepts(judge, value) for value in values):
            return True
    if _types(one) != {"object"} or _types(other) != {"object"}:
        return False
    common = set(one.get("required", ())) & set(other.get("required", ()))
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    return any(
        isinstance(mine.get(name), dict) and isinstance(theirs.get(name), dict) and _exclude(mine[name], theirs[name])
        for name in sorted(common)
    )


def _types(schema: dict[str, Json]) -> set[str]:
    """The types that a schema names; ``integer`` counts as ``number``, too."""
    named = schema.get("type")
    if named is None:
        values = _values(schema)
        if values is not None:
            return {_type_of(value) for value in values}
        return {"string", "number", "boolean", "null", "array", "object"}
    return {"number" if kind == "integer" else kind for kind in (named if isinstance(named, list) else [named])}


def _type_of(value: Json) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    kinds = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return kinds[type(value)]


def _values(schema: dict[str, Json]) -> list[Json] | None:
    if "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _accepts(schema: dict[str, Json], value: Json) -> bool:
    return compile_checked(schema).accepts(value)
