"""Nulls that stand for "not given": strict definitions make every property required, and optional ones nullable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from registry.model import Json

from .local_references import RecursiveSchema, SchemaTooLarge, inline_refs
from .validation_engine import Validator, compile_checked

_UNIONS: Final = ("anyOf", "oneOf")


def drop_absent_nulls(arguments: Json, parameters: Json) -> Json:
    """``arguments`` without the nulls of properties that are optional and not nullable in ``parameters``. Pure.

    Objects are looked for at any depth: in properties, items, through local references and ``allOf``. Of alternatives
    the first is taken under which the value is valid then. ``parameters`` must be a usable schema; one that refers to
    itself is never offered strictly, so its arguments stay as they are.
    """
    if not _holds_null(arguments):
        return arguments
    try:
        return _Dropper().dropped(inline_refs(parameters), arguments)
    except (RecursiveSchema, SchemaTooLarge, LookupError, ValueError):  # ValueError: too deep once written out
        return arguments


def _holds_null(value: Json) -> bool:
    pending = [value]
    while pending:
        node = pending.pop()
        if node is None:
            return True
        if isinstance(node, dict):
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return False


class _Dropper:
    """One walk: the validators made so far, by the identity of their schema."""

    def __init__(self) -> None:
        self._validators: dict[int, tuple[Json, Validator]] = {}

    def dropped(self, schema: Json, value: Json) -> Json:
        if not isinstance(schema, dict) or not isinstance(value, dict | list) or not _holds_null(value):
            return value
        sure = list(_applying(schema))
        for part in sure:
            value = self._below(part, value, sure)
        for part in sure:
            for union in _UNIONS:
                if isinstance(part.get(union), list):
                    value = self._chosen(part, union, value)
        return value

    def _below(self, schema: dict[str, Json], value: Json, sure: list[dict[str, Json]]) -> Json:
        if isinstance(value, list):
            return self._items(schema, value)
        kept = {}
        for name, item in value.items():
            below = _property(schema, name)
            if item is None and below is not None and not _required(sure, name) and not self._takes(below, None):
                continue
            kept[name] = self.dropped(below, item)
        return kept

    def _items(self, schema: dict[str, Json], value: list[Json]) -> list[Json]:
        first = schema.get("prefixItems")
        first = first if isinstance(first, list) else []
        return [
            self.dropped(first[index] if index < len(first) else schema.get("items"), item)
            for index, item in enumerate(value)
        ]

    def _chosen(self, schema: dict[str, Json], union: str, value: Json) -> Json:
        alternatives = {union: schema[union]}
        whole = self._validator(schema[union], alternatives)
        if whole.accepts(value):
            return value
        candidates = (self.dropped(branch, value) for branch in schema[union])
        return next((one for one in candidates if whole.accepts(one)), value)

    def _takes(self, schema: Json, value: Json) -> bool:
        if not isinstance(schema, dict):
            return schema is True
        return self._validator(schema, schema).accepts(value)

    def _validator(self, key: Json, schema: Json) -> Validator:
        if id(key) not in self._validators:
            self._validators[id(key)] = (key, compile_checked(schema))  # the key stays alive, so its id stays its own
        return self._validators[id(key)][1]


def _applying(schema: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """The schema and everything under ``allOf``: all of them hold for the value."""
    yield schema
    for part in schema.get("allOf", ()):
        if isinstance(part, dict):
            yield from _applying(part)


def _property(schema: dict[str, Json], name: str) -> Json:
    properties = schema.get("properties")
    return properties.get(name) if isinstance(properties, dict) else None


def _required(sure: list[dict[str, Json]], name: str) -> bool:
    return any(name in part.get("required", ()) for part in sure)
