"""What ``unevaluatedProperties`` and ``unevaluatedItems`` leave alone: the parts that other keywords have looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from registry.model import Json

from .local_references import resolve_reference, split_reference
from .schema_parts import SchemaParts
from .subschemas import Path
from .work_budget import COUNTED, STEP, WorkBudget


class EvaluatedParts:
    """Finds them, for one search. ``fits`` says whether a value at a place fits a part of the schema."""

    def __init__(
        self, root: Json, parts: SchemaParts, budget: WorkBudget, fits: Callable[[Path, Json, Json, Path], bool]
    ) -> None:
        self._root = root
        self._parts = parts
        self._budget = budget
        self._fits = fits

    def find_evaluated(self, path: Path, schema: Json, value: Json, at: Path) -> set[Any]:
        """The names or indexes in ``value`` that a schema which it fits has looked at. Raises WorkExceeded."""
        if not isinstance(schema, dict):
            return set()
        self._budget.spend(STEP)
        done = {step for group in self._parts.described(path, schema, value) for step in group.steps}
        if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), bool):
            done.update(value)
        if schema.get("unevaluatedProperties" if isinstance(value, dict) else "unevaluatedItems") is not None:
            done.update(value if isinstance(value, dict) else range(len(value)))
        if "contains" in schema and isinstance(value, list):
            here, part = (*path, "contains"), schema["contains"]
            done.update(index for index, item in enumerate(value) if self._fits(here, part, item, (*at, index)))
        for here, part in self._holding(path, schema, value, at):
            done |= self.find_evaluated(here, part, value, at)
        self._budget.spend(COUNTED * len(done))
        return done

    def _holding(self, path: Path, schema: dict[str, Json], value: Json, at: Path) -> Iterator[tuple[Path, Json]]:
        """The schemas of the same value that it fits."""
        if "$ref" in schema:
            yield split_reference(self._root, schema["$ref"]), resolve_reference(self._root, schema["$ref"])
        for keyword in ("allOf", "anyOf", "oneOf"):
            for index, branch in enumerate(schema.get(keyword, ())):
                if self._fits((*path, keyword, index), branch, value, at):
                    yield (*path, keyword, index), branch
        for name, part in schema.get("dependentSchemas", {}).items():
            if name in value:
                yield (*path, "dependentSchemas", name), part
        if "if" in schema:
            fits = self._fits((*path, "if"), schema["if"], value, at)
            for branch in ("if", "then") if fits else ("else",):
                if branch in schema:
                    yield (*path, branch), schema[branch]
