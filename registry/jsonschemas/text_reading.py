"""Texts that hold JSON, read where their schema refuses the text and takes the value: "5", "true", "[1, 2]".

Many models write numbers, arrays and objects as text, some of them twice over. Nothing is read where some text of the
caller's own choice is allowed, and nothing that would lose anything: what is read says exactly what the text said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from registry.errors import InputRefused
from registry.json_text import MAX_DEPTH
from registry.model import Json

from .default_values import fill_part
from .local_references import resolve_reference, split_reference
from .lossless_text import may_hold_json, read_lossless
from .schema_parts import DescribedValues
from .subschemas import Path
from .validation_engine import Validator
from .work_budget import COUNTED, STEP, WorkBudget, WorkExceeded

_UNIONS: Final = ("anyOf", "oneOf")
_PARSED: Final = 4  # units for each character that is read
_BEGUN: Final = 64  # characters that beginning to read counts for


def read_texts(value: Json, validator: Validator, budget: WorkBudget) -> Json:
    """``value`` with the texts in it read that its schema refuses, where it fits the schema as a whole then.

    The very ``value`` where that is not so, or takes more work than ``budget`` allows. The argument is not changed.
    """
    try:
        reader = _Reader(validator, budget)
        if not reader.holds_candidate(value):
            return value
        read = reader.read((), validator.schema, value, 0)
        return read if read is not value and validator.accepts(read, budget) else value
    except (WorkExceeded, LookupError, ValueError, RecursionError):
        return value


class _Reader:
    """One walk, paid from one budget."""

    def __init__(self, validator: Validator, budget: WorkBudget) -> None:
        self._root = validator.schema
        self._budget = budget
        self._search = validator.search(budget)
        self._parts = validator.parts(budget)
        self._free: dict[int, bool] = {}

    def holds_candidate(self, value: Json) -> bool:
        """Whether there is a text inside that may hold JSON."""
        pending = [value]
        while pending:
            node = pending.pop()
            if isinstance(node, str):
                if may_hold_json(node):
                    return True
            elif isinstance(node, dict | list):
                self._budget.spend(COUNTED * len(node))
                pending += node.values() if isinstance(node, dict) else node
        return False

    def read(self, path: Path, schema: Json, value: Json, depth: int) -> Json:
        """``value`` as the part at ``path`` takes it, as far as reading texts helps."""
        if not isinstance(schema, dict):
            return value
        if isinstance(value, str):
            return self._read_text(path, schema, value, depth)
        if not self.holds_candidate(value) or self._search.takes(path, schema, value):
            return value
        value = self._inside(self._parts.described(path, schema, value), value, depth)
        for here, part in self._together(path, schema, value):
            value = self.read(here, part, value, depth)
        if "if" in schema:
            branch = "then" if self._search.takes((*path, "if"), schema["if"], value) else "else"
            value = self.read((*path, branch), schema.get(branch, True), value, depth)
        for union in _UNIONS:
            if union in schema:
                value = self._chosen((*path, union), schema[union], union, value, depth)
        return self._inside(self._search.list_unevaluated(path, schema, value), value, depth)

    def _read_text(self, path: Path, schema: Json, text: str, depth: int) -> Json:
        if not may_hold_json(text) or self._takes_free_text(schema):
            return text
        if _names_string(schema.get("type", "string")) and self._search.takes(path, schema, text):
            return text
        self._budget.spend(_PARSED * (_BEGUN + len(text)))
        try:
            value = read_lossless(text, MAX_DEPTH - depth)
        except InputRefused:
            return text
        if isinstance(value, dict):
            value = fill_part(self._root, schema, value, self._budget)
        value = self.read(path, schema, value, depth)
        return value if self._search.takes(path, schema, value) else text

    def _inside(self, described: Iterator[DescribedValues], value: Any, depth: int) -> Json:
        made = None
        for here, part, steps in described:
            for step in steps:
                self._budget.spend(COUNTED)
                one = value[step] if made is None else made[step]
                if isinstance(one, str | dict | list) and isinstance(part, dict):
                    read = self.read(here, part, one, depth + 1)
                    if read is not one:
                        made = value.copy() if made is None else made
                        made[step] = read
        return value if made is None else made

    def _together(self, path: Path, schema: dict[str, Any], value: Json) -> Iterator[tuple[Path, Json]]:
        """What must hold too."""
        if isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            yield split_reference(self._root, reference), resolve_reference(self._root, reference)
        for index, part in enumerate(schema.get("allOf", ())):
            yield (*path, "allOf", index), part
        for name, part in schema.get("dependentSchemas", {}).items() if isinstance(value, dict) else ():
            if name in value:
                yield (*path, "dependentSchemas", name), part

    def _chosen(self, path: Path, branches: list[Json], union: str, value: Json, depth: int) -> Json:
        if self._fits_union(path, branches, union, value):
            return value
        candidates = (self.read((*path, index), branch, value, depth) for index, branch in enumerate(branches))
        return next((one for one in candidates if self._fits_union(path, branches, union, one)), value)

    def _fits_union(self, path: Path, branches: list[Json], union: str, value: Json) -> bool:
        fitting = (None for index, branch in enumerate(branches) if self._search.takes((*path, index), branch, value))
        return next(fitting, 0) is None and (union == "anyOf" or next(fitting, 0) == 0)

    def _takes_free_text(self, schema: Json) -> bool:
        """Whether some text would fit that no ``enum`` or ``const`` lists, as far as can be told without trying."""
        if not isinstance(schema, dict):
            return schema is not False
        if id(schema) not in self._free:
            self._budget.spend(STEP)
            self._free[id(schema)] = True  # where it leads back to itself
            self._free[id(schema)] = self._finds_free_text(schema)
        return self._free[id(schema)]

    def _finds_free_text(self, schema: dict[str, Any]) -> bool:
        if "enum" in schema or "const" in schema or not _names_string(schema.get("type", "string")):
            return False
        refused = schema.get("not")
        if isinstance(refused, dict) and refused.keys() == {"type"} and _names_string(refused["type"]):
            return False
        must = [*schema.get("allOf", ())]
        if isinstance(schema.get("$ref"), str):
            must.append(resolve_reference(self._root, schema["$ref"]))
        may = [schema[union] for union in _UNIONS if union in schema]
        if "if" in schema:
            may.append([schema.get("then", True), schema.get("else", True)])
        return all(map(self._takes_free_text, must)) and all(any(map(self._takes_free_text, some)) for some in may)


def _names_string(types: Json) -> bool:
    return types == "string" or (isinstance(types, list) and "string" in types)
