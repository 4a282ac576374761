"""Filling in ``default``."""

from __future__ import annotations

import copy
from typing import Final

from registry.model import Json

from .local_references import resolve_reference
from .value_size import count_values, measure_value
from .work_budget import COUNTED, STEP, WorkBudget

MAX_DEPTH = 64
_COPIED: Final = 200  # units for each value of a default


def fill_defaults(schema: Json, instance: Json, budget: WorkBudget | None = None) -> Json:
    """``instance`` with the ``default`` of absent properties, recursively through ``properties``. Pure.

    Combinators are not looked into: which of their branches a value takes is not known before it is complete. Local
    references are followed for values that are present, never inside a default, so a recursive schema ends. A small
    value may ask for many large defaults: raises WorkExceeded where that is more than ``budget`` allows.
    """
    return _Filler(schema, budget or WorkBudget()).filled(schema, instance, 0)


def fill_part(root: Json, schema: Json, instance: Json, budget: WorkBudget) -> Json:
    """The same for what a part of ``root`` describes. Raises WorkExceeded."""
    return _Filler(root, budget).filled(schema, instance, 0)


class _Filler:
    """One filling: the root that references start from, and the work that is left."""

    def __init__(self, root: Json, budget: WorkBudget) -> None:
        self._root = root
        self._budget = budget

    def filled(self, schema: Json, instance: Json, depth: int) -> Json:
        if depth > MAX_DEPTH or not isinstance(instance, dict):
            return instance
        schema = self._followed(schema)
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(properties, dict):
            return instance
        self._budget.spend(STEP + COUNTED * (len(instance) + len(properties)))
        filled = dict(instance)
        for name, subschema in properties.items():
            if name in filled:
                filled[name] = self.filled(subschema, filled[name], depth + 1)
            else:
                described = self._followed(subschema)
                if isinstance(described, dict) and "default" in described:
                    self._budget.spend(STEP + _COPIED * count_values(measure_value(described["default"])))
                    filled[name] = copy.deepcopy(described["default"])
        return filled

    def _followed(self, schema: Json) -> Json:
        """The schema that a chain of references ends at; a ``default`` beside a reference wins over its target's."""
        default: dict[str, Json] = {}
        for _ in range(MAX_DEPTH):
            if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
                break
            if "default" in schema and not default:
                default = {"default": schema["default"]}
            if "properties" in schema:
                break
            self._budget.spend(STEP)
            try:
                schema = resolve_reference(self._root, schema["$ref"])
            except LookupError:
                return default
        return {**schema, **default} if isinstance(schema, dict) and default else schema
