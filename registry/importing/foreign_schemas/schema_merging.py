"""Schemas that must all hold, as one: what a model reads more easily than ``allOf``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from registry.model import Json

from .value_types import has_type


def merge_all_of(parts: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """One schema for all parts; of what cannot be both, the last part's holds. Texts are the last part's, too.

    Two lists of alternatives stay two, under ``allOf``. An object that one part closes is open, because every part of
    an OpenAPI document lists only its own properties.
    """
    made: dict[str, Json] = {}
    parts = [part for part in parts if part]
    for part in parts:
        for key, value in part.items():
            made[key] = _both(made, key, value) if key in made else value
    several = [part["anyOf"] for part in parts if "anyOf" in part]
    if len(several) > 1:
        del made["anyOf"]
        made["allOf"] = [*made.get("allOf", ()), *({"anyOf": one} for one in several)]
    closed = [part for part in parts if "properties" in part or "additionalProperties" in part or "anyOf" in part]
    if made.get("additionalProperties") is False and len(closed) > 1:
        del made["additionalProperties"]
    return _without_impossible(made)


def _without_impossible(made: dict[str, Json]) -> dict[str, Json]:
    """The schema without values that its type cannot have; the type holds."""
    types = made.get("type")
    if "const" in made and not has_type(made["const"], types):
        del made["const"]
    if "enum" in made:
        made["enum"] = [one for one in made["enum"] if has_type(one, types)]
        if not made["enum"]:
            del made["enum"]
    return made


def _both(made: dict[str, Json], key: str, value: Json) -> Json:
    """The value of a keyword that two parts have."""
    earlier = made[key]
    if key in _WAYS:
        return _WAYS[key](earlier, value)
    return value


def _properties(earlier: dict[str, Json], later: dict[str, Json]) -> dict[str, Json]:
    return {
        **earlier,
        **{name: merge_all_of([earlier[name], one]) if name in earlier else one for name, one in later.items()},
    }


def _types(earlier: Json, later: Json) -> Json:
    first = earlier if isinstance(earlier, list) else [earlier]
    second = later if isinstance(later, list) else [later]
    both = [one for one in first if one in second]
    if not both and "number" in first and "integer" in second:
        both = ["integer"]
    if not both:
        return later
    return both[0] if len(both) == 1 else both


_WAYS: dict[str, Callable[[Json, Json], Json]] = {
    "properties": _properties,
    "required": lambda earlier, later: list(dict.fromkeys([*earlier, *later])),
    "type": _types,
    "enum": lambda earlier, later: [one for one in earlier if one in later] or later,
    "allOf": lambda earlier, later: [*earlier, *later],
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}
