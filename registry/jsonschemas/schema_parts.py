"""The parts of a schema, as a search needs them: compiled when they are first asked about, and paid for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import jsonschema_rs

from registry.model import Json

from .engine_compiler import compile_for_engine, compile_within
from .keyword_work import estimate_compiling, estimate_match
from .local_references import has_references
from .subschemas import Path
from .work_budget import COUNTED, WorkBudget

_MATCHED: Final = 500  # units for one question to the engine about one name


class DescribedValues(NamedTuple):
    """A schema, where it stands, and the names or indexes of what it describes in one value."""

    path: Path
    schema: Json
    steps: Sequence[Any]


class SchemaParts:
    """The parts of ``root``, for one search. ``whole`` is the one at ``start``, compiled. All raise WorkExceeded."""

    def __init__(self, root: Json, whole: jsonschema_rs.Validator, start: Path, budget: WorkBudget) -> None:
        self._root = root
        self._whole = whole
        self._start = start
        self._budget = budget
        self._compiled: dict[Any, jsonschema_rs.Validator] = {}

    def compiled(self, path: Path, schema: Json, *, of_items: bool = False) -> jsonschema_rs.Validator:
        """The part at ``path``; ``of_items``: what asks it of each item of an array."""
        if path == self._start and not of_items:
            return self._whole
        key = (id(schema), of_items)
        if key not in self._compiled:
            refers = has_references(schema)
            self._budget.spend(estimate_compiling(self._root if refers else schema))
            made = compile_within(self._root, path, of_items=of_items) if refers else None
            self._compiled[key] = made or compile_for_engine({"items": schema} if of_items else schema)
        return self._compiled[key]

    def keyword(self, schema: dict[str, Json], keyword: str) -> jsonschema_rs.Validator:
        """One assertion of a schema."""
        key = (id(schema), keyword)
        if key not in self._compiled:
            part = {keyword: schema[keyword]}
            self._budget.spend(estimate_compiling(part))
            self._compiled[key] = compile_for_engine(part)
        return self._compiled[key]

    def described(self, path: Path, schema: dict[str, Json], value: Json) -> Iterator[DescribedValues]:
        """Every schema that describes something inside ``value``, with the names or indexes of what it describes."""
        if isinstance(value, dict):
            yield from self._properties(path, schema, value)
        elif isinstance(value, list):
            first = schema.get("prefixItems", ())
            for index in range(min(len(first), len(value))):
                yield DescribedValues((*path, "prefixItems", index), first[index], (index,))
            if "items" in schema and len(value) > len(first):
                yield DescribedValues((*path, "items"), schema["items"], range(len(first), len(value)))

    def _properties(self, path: Path, schema: dict[str, Json], value: dict[str, Json]) -> Iterator[DescribedValues]:
        described = schema.get("properties", {})
        self._budget.spend(COUNTED * min(len(described), len(value)))
        few, many = (described, value) if len(described) < len(value) else (value, described)
        for name in few:
            if name in many:
                yield DescribedValues((*path, "properties", name), described[name], (name,))
        for pattern, part in schema.get("patternProperties", {}).items():
            names = [name for name in value if self._matches(pattern, name)]
            if names:
                yield DescribedValues((*path, "patternProperties", pattern), part, names)
        other = schema.get("additionalProperties", True)
        if other not in (True, False):
            names = self.find_additional(schema, value)
            if names:
                yield DescribedValues((*path, "additionalProperties"), other, names)

    def find_additional(self, schema: dict[str, Json], value: dict[str, Json]) -> list[str]:
        """The names in ``value`` that only ``additionalProperties`` is about."""
        described, patterns = schema.get("properties", {}), list(schema.get("patternProperties", ()))
        self._budget.spend(COUNTED * len(value))
        return [
            name
            for name in value
            if name not in described and not any(self._matches(pattern, name) for pattern in patterns)
        ]

    def _matches(self, pattern: str, name: str) -> bool:
        if pattern not in self._compiled:
            part = {"pattern": pattern}
            self._budget.spend(estimate_compiling(part))
            self._compiled[pattern] = compile_for_engine(part)
        self._budget.spend(_MATCHED + estimate_match(pattern).for_value(1, 0, 3 * len(name)))
        return bool(self._compiled[pattern].is_valid(name))
