"""Parts of strict schemas: null, the types of values, the limits of a definition."""

from __future__ import annotations

from registry.jsonschemas import walk_subschemas
from registry.model import Json

from .compiled_tool import Reason
from .provider_rules import StrictRules

SCALARS = frozenset({"string", "integer", "number", "boolean"})


def find_exceeded_limit(schema: dict[str, Json], rules: StrictRules, base: str) -> list[Reason]:
    """Why a strict schema is too large for its provider."""
    nodes = [(path, node) for path, node in walk_subschemas(schema)]
    levels = max(sum(step in {"properties", "items"} for step in path) for path, _ in nodes)
    counts = (
        ("properties", sum(len(node.get("properties", ())) for _, node in nodes), rules.most_properties),
        ("levels", levels, rules.most_levels),
        ("values of enum", sum(len(node.get("enum", ())) for _, node in nodes), rules.most_enum_values),
    )
    return [
        Reason(base, f"it has {count} {what}, and a strict definition may have {most}")
        for what, count, most in counts
        if most is not None and count > most
    ]


def name_scalar_type(value: Json) -> str:
    """The type of a value that is neither an object nor an array."""
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    return "string" if isinstance(value, str) else "number" if isinstance(value, float) else "integer"


def takes_null(strict: dict[str, Json]) -> bool:
    """Whether a strict schema accepts null."""
    kind = strict.get("type")
    if "anyOf" in strict:
        return any(takes_null(branch) for branch in strict["anyOf"])
    return kind == "null" or (isinstance(kind, list) and "null" in kind)


def make_nullable(strict: dict[str, Json]) -> dict[str, Json]:
    """The schema, or null. Title and description stay at the outer level, where a model reads them first."""
    if strict.get("type") in SCALARS and "enum" not in strict:
        return strict | {"type": [strict["type"], "null"]}
    said = {key: strict[key] for key in ("title", "description") if key in strict}
    value = {key: part for key, part in strict.items() if key not in said}
    branches = value.get("anyOf", [value])
    made: dict[str, Json] = {"anyOf": [*branches, {"type": "null"}]}
    return made | said
