"""Filling in ``default``."""

from __future__ import annotations

import copy

from registry.model import Json

from .local_references import resolve_reference

MAX_DEPTH = 64


def fill_defaults(schema: Json, instance: Json) -> Json:
    """``instance`` with the ``default`` of absent properties, recursively through ``properties``. Pure.

    Combinators are not looked into: which of their branches a value takes is not known before it is complete. Local
    references are followed for values that are present, never inside a default, so a recursive schema ends.
    """
    return _filled(schema, schema, instance, 0)


def _filled(root: Json, schema: Json, instance: Json, depth: int) -> Json:
    schema = _followed(root, schema)
    if depth > MAX_DEPTH or not isinstance(instance, dict) or not isinstance(schema, dict):
        return instance
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return instance
    filled = dict(instance)
    for name, subschema in properties.items():
        if name in filled:
            filled[name] = _filled(root, subschema, filled[name], depth + 1)
        else:
            described = _followed(root, subschema)
            if isinstance(described, dict) and "default" in described:
                filled[name] = copy.deepcopy(described["default"])
    return filled


def _followed(root: Json, schema: Json) -> Json:
    """The schema that a chain of references ends at; a ``default`` beside a reference wins over its target's."""
    default: dict[str, Json] = {}
    for _ in range(MAX_DEPTH):
        if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
            break
        if "default" in schema and not default:
            default = {"default": schema["default"]}
        if "properties" in schema:
            break
        try:
            schema = resolve_reference(root, schema["$ref"])
        except LookupError:
            return default
    return {**schema, **default} if isinstance(schema, dict) and default else schema
