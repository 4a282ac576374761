"""What must not be on record: every value that its schema marks ``writeOnly``, wherever the schema says so.

Which schemas might apply at a place is worked out once for each set of them, not once for each value: the items of an
array share theirs. So hiding takes a step for each value, and some work for each set; that work is bounded, and where
the bound is reached everything that is not decided yet is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.jsonschemas import (
    WorkBudget,
    WorkExceeded,
    compile_checked,
    estimate_match,
    estimate_pattern_reading,
    find_leading,
    may_hold_json,
    resolve_reference,
    walk_subschemas,
)
from registry.model import Json
from registry.secrets import REDACTED

_ALTERNATIVES: Final = ("allOf", "anyOf", "oneOf")
_CONDITIONS: Final = ("if", "then", "else", "not")
_ANY_PROPERTY: Final = ("additionalProperties", "unevaluatedProperties")
_ANY_ITEM: Final = ("items", "contains", "unevaluatedItems")
_LOOKED_AT: Final = 1_000  # units for one schema in a set
_MATCHED: Final = 500  # units for one pattern and one name
_READ: Final = 4  # units for a character of a text that is read
_OPENING: Final = ("[", "{", '"')

_Schema = dict[str, Any]
_Schemas = tuple[_Schema, ...]


def redact_write_only(value: Json, schema: Json) -> Json:
    """``value`` with everything replaced that any subschema which might apply to it marks ``writeOnly``.

    Whether an alternative really applies is not asked: what one of them calls secret is secret.
    """
    if not any(node.get("writeOnly") is True for _, node in walk_subschemas(schema)):
        return value
    return _Hiding(schema).hidden(value, (schema,) if isinstance(schema, dict) else ())


@dataclass(slots=True)
class _Place:
    """What the schemas that might apply at one place say of what stands there and below."""

    secret: bool = False
    named: dict[str, _Schemas] = field(default_factory=dict)
    patterns: dict[str, _Schemas] = field(default_factory=dict)
    any_property: _Schemas = ()
    first_items: list[_Schemas] = field(default_factory=list)
    any_item: _Schemas = ()


class _Hiding:
    """The hiding in one value."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._budget = WorkBudget()
        self._leading = find_leading(root, lambda schema: schema.get("writeOnly") is True)
        self._sets: dict[tuple[int, ...], _Schemas] = {}
        self._places: dict[int, tuple[_Schemas, _Place]] = {}
        self._compiled: dict[str, Any] = {}

    def hidden(self, value: Json, schemas: _Schemas) -> Json:
        if not schemas:
            return value
        try:
            place = self._place(schemas)
            if place.secret:
                return REDACTED
            if isinstance(value, dict):
                below = {name: self._of_property(place, name) for name in value} if place.patterns else None
                return {
                    name: self.hidden(one, below[name] if below else place.named.get(name, place.any_property))
                    for name, one in value.items()
                }
        except WorkExceeded:
            return REDACTED
        if isinstance(value, list):
            first = place.first_items
            return [
                self.hidden(one, first[index] if index < len(first) else place.any_item)
                for index, one in enumerate(value)
            ]
        return self._hidden_text(value, schemas) if isinstance(value, str) else value

    def _hidden_text(self, text: str, schemas: _Schemas) -> str:
        """A text where something secret may stand inside: it may be the JSON text of an object that holds it."""
        if not may_hold_json(text):
            return text
        try:
            self._budget.spend(_READ * len(text))
            value = loads(text)
        except WorkExceeded:
            return REDACTED
        except InputRefused:
            return REDACTED if text.lstrip()[:1] in _OPENING else text
        hidden = self.hidden(value, schemas)
        return text if hidden == value else hidden if isinstance(hidden, str) else dumps(hidden).decode()

    def _of_property(self, place: _Place, name: str) -> _Schemas:
        found = place.named.get(name, place.any_property)
        for pattern, schemas in place.patterns.items():
            if self._matches(pattern, name):
                self._budget.spend(_LOOKED_AT // 4 * len(schemas))
                found = (*found, *schemas)
        return self._sets.setdefault(tuple(map(id, found)), found)

    def _matches(self, pattern: str, name: str) -> bool:
        if pattern not in self._compiled:
            self._budget.spend(estimate_pattern_reading(pattern))
            self._compiled[pattern] = compile_checked({"pattern": pattern})
        self._budget.spend(_MATCHED + estimate_match(pattern).for_value(1, 0, 3 * len(name)))
        return bool(self._compiled[pattern].accepts(name))

    def _place(self, schemas: _Schemas) -> _Place:
        """What was worked out for this very set, which is kept alive, so that nothing else gets its identity."""
        known = self._places.get(id(schemas))
        if known is None:
            known = self._places[id(schemas)] = (schemas, self._made(schemas))
        return known[1]

    def _made(self, schemas: _Schemas) -> _Place:
        place = _Place()
        applying = self._applying(schemas)
        place.secret = any(schema.get("writeOnly") is True for schema in applying)
        place.any_property = self._parts(applying, _ANY_PROPERTY)
        place.any_item = self._parts(applying, _ANY_ITEM)
        for schema in applying:
            for name, part in schema.get("properties", {}).items():
                self._budget.spend(_LOOKED_AT // 4)
                place.named[name] = (*place.named.get(name, place.any_property), *self._kept(part))
            for pattern, part in schema.get("patternProperties", {}).items():
                if self._kept(part):
                    place.patterns[pattern] = (*place.patterns.get(pattern, ()), *self._kept(part))
        longest = max((len(schema.get("prefixItems", ())) for schema in applying), default=0)
        for index in range(longest):
            self._budget.spend(_LOOKED_AT // 4 * len(applying))
            parts = [schema["prefixItems"][index] for schema in applying if index < len(schema.get("prefixItems", ()))]
            place.first_items.append((*place.any_item, *(one for part in parts for one in self._kept(part))))
        return place

    def _parts(self, applying: list[_Schema], keywords: tuple[str, ...]) -> _Schemas:
        return tuple(
            one for schema in applying for keyword in keywords for one in self._kept(schema.get(keyword, True))
        )

    def _kept(self, part: Json) -> _Schemas:
        """Only what leads to something secret is followed."""
        return (part,) if id(part) in self._leading else ()

    def _applying(self, schemas: _Schemas) -> list[_Schema]:
        """The schemas, what they refer to, and their alternatives; each once, so that recursion ends."""
        left, seen, found = list(schemas), set[int](), list[_Schema]()
        while left:
            schema = left.pop()
            if id(schema) in seen or id(schema) not in self._leading:
                continue
            self._budget.spend(_LOOKED_AT)
            seen.add(id(schema))
            found.append(schema)
            left += _same_value(self._root, schema)
        return found


def _same_value(root: Json, schema: _Schema) -> list[Json]:
    """The schemas that might apply to the same value."""
    found: list[Json] = []
    if isinstance(schema.get("$ref"), str):
        found.append(resolve_reference(root, schema["$ref"]))
    for keyword in _ALTERNATIVES:
        found += schema.get(keyword, ())
    found += (schema[keyword] for keyword in _CONDITIONS if keyword in schema)
    found += schema.get("dependentSchemas", {}).values()
    return found
