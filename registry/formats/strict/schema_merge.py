"""Merge two schemas that both apply into one, for targets without ``allOf``."""

from __future__ import annotations

from collections.abc import Callable

from registry.json_text import dump_sorted
from registry.jsonschemas import ANNOTATIONS
from registry.model import Json

from .keyword_origins import KeywordOrigins


class CannotBeMerged(Exception):
    """Two schemas cannot be merged; the message is the keyword that prevents it."""


_GREATEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_LEAST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Groups of keywords whose meaning depends on the others in the same schema.
_TOGETHER = (
    ("prefixItems", "items", "unevaluatedItems"),
    ("contains", "minContains", "maxContains"),
    ("if", "then", "else"),
)
_OPENERS = ("additionalProperties", "unevaluatedProperties", "patternProperties")


def merge_schemas(first: dict[str, Json], second: dict[str, Json], places: KeywordOrigins) -> dict[str, Json]:
    """A schema that accepts what both accept; annotations of ``first`` win. Raises CannotBeMerged."""
    _refuse_entangled(first, second)
    made = {**second, **first}
    for keyword in first.keys() & second.keys() - ANNOTATIONS:
        made[keyword] = _both(keyword, first[keyword], second[keyword], places)
    return places.record(made, first, second)


def _refuse_entangled(first: dict[str, Json], second: dict[str, Json]) -> None:
    for group in _TOGETHER:
        mine, theirs = [key for key in group if key in first], [key for key in group if key in second]
        if mine and theirs and not (mine == theirs == ["items"]):
            raise CannotBeMerged(theirs[0])
    for one, other in ((first, second), (second, first)):
        opener = next((key for key in _OPENERS if key in one), None)
        if opener is not None and not _sees_all_of(one, other):
            raise CannotBeMerged(opener)


def _sees_all_of(one: dict[str, Json], other: dict[str, Json]) -> bool:
    """Whether ``one``, which constrains additional properties, names every property that ``other`` names."""
    if any(key in other for key in ("unevaluatedProperties", "patternProperties")):
        return False
    if any(key in one for key in ("unevaluatedProperties", "patternProperties")):
        return not other.get("properties")
    return set(other.get("properties", ())) <= set(one.get("properties", ()))


def _both(keyword: str, first: Json, second: Json, places: KeywordOrigins) -> Json:
    if keyword in _GREATEST:
        return max(first, second)
    if keyword in _LEAST:
        return min(first, second)
    combine = _COMBINED.get(keyword)
    if combine is not None:
        return combine(first, second, places)
    if dump_sorted(first) == dump_sorted(second):
        return first
    raise CannotBeMerged(keyword)


def _required(first: Json, second: Json, _: KeywordOrigins) -> Json:
    return [*first, *(name for name in second if name not in first)]


def _properties(first: Json, second: Json, places: KeywordOrigins) -> Json:
    return {
        name: merge_schemas(first[name], second[name], places) if name in first and name in second else schema
        for name, schema in {**second, **first}.items()
    }


def _types(first: Json, second: Json, _: KeywordOrigins) -> Json:
    mine = first if isinstance(first, list) else [first]
    theirs = second if isinstance(second, list) else [second]
    common = [kind for kind in mine if kind in theirs or (kind == "integer" and "number" in theirs)]
    common += [kind for kind in theirs if kind == "integer" and "number" in mine and kind not in common]
    if not common:
        raise CannotBeMerged("type")
    return common[0] if len(common) == 1 else common


def _enum(first: Json, second: Json, _: KeywordOrigins) -> Json:
    theirs = [dump_sorted(value) for value in second]
    return [value for value in first if dump_sorted(value) in theirs]


def _unique(first: Json, second: Json, _: KeywordOrigins) -> Json:
    return first or second


_COMBINED: dict[str, Callable[[Json, Json, KeywordOrigins], Json]] = {
    "required": _required,
    "properties": _properties,
    "items": merge_schemas,
    "type": _types,
    "enum": _enum,
    "uniqueItems": _unique,
}
