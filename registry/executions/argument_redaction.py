"""What must not be on record: every value that its schema marks ``writeOnly``, wherever the schema says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registry.jsonschemas import compile_schema, resolve_reference
from registry.model import Json
from registry.secrets import REDACTED

_ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_CONDITIONS = ("if", "then", "else", "not")
_SCHEMAS_AT_MOST = 1000


def redact_write_only(value: Json, schema: Json) -> Json:
    """``value`` with everything replaced that any subschema which might apply to it marks ``writeOnly``.

    Whether an alternative really applies is not asked: what one of them calls secret is secret.
    """
    return _redacted(value, [schema], schema)


def _redacted(value: Json, schemas: list[Json], root: Json) -> Json:
    applying = list(_applying(schemas, root))
    if any(schema.get("writeOnly") is True for schema in applying):
        return REDACTED
    if isinstance(value, dict):
        return {key: _redacted(one, list(_of_property(key, applying)), root) for key, one in value.items()}
    if isinstance(value, list):
        return [_redacted(one, list(_of_item(index, applying)), root) for index, one in enumerate(value)]
    return value


def _applying(schemas: list[Json], root: Json) -> Iterator[Mapping[str, Any]]:
    """The schemas, what they refer to, and their alternatives; each once, so that recursion ends."""
    left, seen = list(schemas), set[int]()
    while left and len(seen) < _SCHEMAS_AT_MOST:
        schema = left.pop()
        if not isinstance(schema, Mapping) or id(schema) in seen:
            continue
        seen.add(id(schema))
        yield schema
        if isinstance(schema.get("$ref"), str):
            left.append(resolve_reference(root, schema["$ref"]))
        for keyword in _ALTERNATIVES:
            left.extend(schema.get(keyword, ()))
        left.extend(schema[keyword] for keyword in _CONDITIONS if keyword in schema)
        left.extend(schema.get("dependentSchemas", {}).values())


def _of_property(name: str, applying: list[Mapping[str, Any]]) -> Iterator[Json]:
    for schema in applying:
        if name in schema.get("properties", {}):
            yield schema["properties"][name]
        for pattern, inner in schema.get("patternProperties", {}).items():
            if compile_schema({"pattern": pattern}).accepts(name):
                yield inner
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            if keyword in schema:
                yield schema[keyword]


def _of_item(index: int, applying: list[Mapping[str, Any]]) -> Iterator[Json]:
    for schema in applying:
        first = schema.get("prefixItems", ())
        if index < len(first):
            yield first[index]
        for keyword in ("items", "contains", "unevaluatedItems"):
            if keyword in schema:
                yield schema[keyword]
