"""Nulls that stand for "not given": strict definitions make every property required, and optional ones nullable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from registry.model import Json

from .fault_search import FaultSearch
from .local_references import is_cyclic, resolve_reference, split_reference
from .subschemas import Path
from .validation_engine import Validator, compile_checked
from .work_budget import COUNTED, STEP, WorkBudget, WorkExceeded

_UNIONS: Final = ("anyOf", "oneOf")


def holds_null(value: Json) -> bool:
    """Whether there is a null anywhere inside."""
    return _holds_null(value, WorkBudget(_ALL))


def drop_absent_nulls(
    arguments: Json, parameters: Json, validator: Validator | None = None, budget: WorkBudget | None = None
) -> Json:
    """``arguments`` without the nulls of properties that are optional and not nullable in ``parameters``. Pure.

    Objects are looked for at any depth: in properties, items, through local references and ``allOf``. Of alternatives
    the first is taken under which the value is valid then. ``parameters`` must be a usable schema, ``validator`` is the
    one of it where the caller has it; one that refers to itself is never offered strictly, so its arguments stay as
    they are. So they do where it would take more work than is allowed; with a ``budget``, WorkExceeded is raised then.
    """
    try:
        if not holds_null(arguments) or is_cyclic(parameters):
            return arguments
        search = (validator or compile_checked(parameters)).search(budget or WorkBudget())
        return _Dropper(parameters, search).dropped((), parameters, arguments)
    except WorkExceeded:
        if budget is not None:
            raise
    except (LookupError, ValueError, RecursionError):
        pass
    return arguments


def _holds_null(value: Json, budget: WorkBudget) -> bool:
    pending = [value]
    while pending:
        node = pending.pop()
        if node is None:
            return True
        if isinstance(node, dict | list):
            budget.spend(COUNTED * len(node))
            pending += node.values() if isinstance(node, dict) else node
    return False


_ALL: Final = 1 << 62
_Part = tuple[Path, dict[str, Json]]


class _Dropper:
    """One walk, paid from the budget of ``search``, which says what fits."""

    def __init__(self, root: Json, search: FaultSearch) -> None:
        self._root = root
        self._search = search

    def dropped(self, path: Path, schema: Json, value: Json) -> Json:
        if not isinstance(schema, dict) or not isinstance(value, dict | list):
            return value
        self._search.budget.spend(STEP)
        if not _holds_null(value, self._search.budget):
            return value
        sure = list(self._applying(path, schema))
        for place, part in sure:
            value = self._below(place, part, value, sure)
        for place, part in sure:
            for union in _UNIONS:
                if isinstance(part.get(union), list):
                    value = self._chosen((*place, union), part[union], union, value)
        return value

    def _below(self, path: Path, schema: dict[str, Json], value: Json, sure: list[_Part]) -> Json:
        if isinstance(value, list):
            return self._items(path, schema, value)
        kept = {}
        properties = schema.get("properties", {})
        for name, item in value.items():
            self._search.budget.spend(COUNTED)
            below, place = properties.get(name), (*path, "properties", name)
            if item is None and below is not None and not _required(sure, name) and not self._nullable(place, below):
                continue
            kept[name] = self.dropped(place, below, item)
        return kept

    def _items(self, path: Path, schema: dict[str, Json], value: list[Json]) -> list[Json]:
        first = schema.get("prefixItems", ())
        self._search.budget.spend(COUNTED * len(value))
        return [
            self.dropped((*path, "prefixItems", index), first[index], item)
            if index < len(first)
            else self.dropped((*path, "items"), schema.get("items"), item)
            for index, item in enumerate(value)
        ]

    def _chosen(self, path: Path, branches: list[Json], union: str, value: Json) -> Json:
        if self._fits_union(path, branches, union, value):
            return value
        candidates = (self.dropped((*path, index), branch, value) for index, branch in enumerate(branches))
        return next((one for one in candidates if self._fits_union(path, branches, union, one)), value)

    def _fits_union(self, path: Path, branches: list[Json], union: str, value: Json) -> bool:
        fitting = (None for index, branch in enumerate(branches) if self._search.takes((*path, index), branch, value))
        return next(fitting, 0) is None and (union == "anyOf" or next(fitting, 0) == 0)

    def _nullable(self, path: Path, schema: Json) -> bool:
        return self._search.takes(path, schema, None)

    def _applying(self, path: Path, schema: Json) -> Iterator[_Part]:
        """The schema, what it refers to and everything under ``allOf``: all of them hold for the value."""
        if not isinstance(schema, dict):
            return
        self._search.budget.spend(STEP)
        yield path, schema
        if isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            yield from self._applying(split_reference(self._root, reference), resolve_reference(self._root, reference))
        for index, part in enumerate(schema.get("allOf", ())):
            yield from self._applying((*path, "allOf", index), part)


def _required(sure: list[_Part], name: str) -> bool:
    return any(name in part.get("required", ()) for _, part in sure)
