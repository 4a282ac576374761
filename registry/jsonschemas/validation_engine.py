"""Checking values against one compiled schema, with bounded work."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import jsonschema_rs

from registry.errors import Fault
from registry.model import Json

from .engine_compiler import compile_for_engine, compile_within
from .fault_search import FaultSearch
from .local_references import has_references
from .schema_parts import SchemaParts
from .subschemas import Path
from .value_size import Size, count_depth, count_values, measure_value
from .work_budget import COUNTED, ONE_QUESTION, WorkBudget, WorkExceeded
from .work_estimate import WorkEstimate, may_be_dear

MAX_FAULTS: Final = 100
MAX_INSTANCE_DEPTH: Final = 200  # a recursive schema overflows the engine's stack far below what it can convert
TOO_COSTLY: Final = "too-costly"
"""The code of the only fault of a value about which no verdict was reached."""


class Validator:
    """A compiled schema. Safe to share between threads."""

    __slots__ = ("_compiled", "_made_estimate", "_part", "_path", "schema")

    def __init__(
        self,
        schema: Json,
        compiled: jsonschema_rs.Validator,
        path: Path = (),
        estimate: WorkEstimate | None = None,
    ) -> None:
        """``compiled`` is the part of ``schema`` at ``path``, whose references are read from the root of ``schema``.

        ``estimate`` is that of ``schema``, where there is one already.
        """
        self.schema = schema
        self._compiled = compiled
        self._path = path
        self._part = schema
        for step in path:
            self._part = self._part[step]
        self._made_estimate = estimate

    @property
    def _estimate(self) -> WorkEstimate:
        """Made with the first value; two threads may make it at once, and each takes its own."""
        if self._made_estimate is None:
            self._made_estimate = WorkEstimate(self.schema)
        return self._made_estimate

    def faults(self, instance: Json, budget: WorkBudget | None = None) -> tuple[Fault, ...]:
        """Faults of ``instance`` (at most 100), in the order of their pointers; empty when it is valid.

        ``code`` is the keyword that failed. For a missing property the pointer is that of the object. Never raises:
        what the engine cannot take (too deep, lone surrogates) is a fault at the root. The work is bounded, see
        :mod:`.work_budget`: where it is spent, the faults found until then are told; where none was found, the one
        fault has the code ``too-costly``, and whether the value is valid is not known.
        """
        budget = budget or WorkBudget()
        found: dict[tuple[str, str], Fault] = {}
        broken = False
        try:
            size = self._measured(instance, budget)
            if count_depth(size) > MAX_INSTANCE_DEPTH:
                return (_TOO_DEEP,)
            work = self._estimate.work(self._part, size)
            if work <= min(ONE_QUESTION, budget.left):
                budget.spend(work)
                if self._compiled.is_valid(instance):
                    return ()
                broken = True
            search = self.search(budget)
            for one in itertools.islice(search.faults(instance, size, broken=broken), 10 * MAX_FAULTS):
                found[one.pointer, one.message] = one
                if len(found) == MAX_FAULTS:
                    break
        except (WorkExceeded, RecursionError):  # the search goes down a few frames for each level of value and schema
            if not found:
                return (_NOT_EXPLAINED if broken else NOT_CHECKED,)
        except (ValueError, TypeError) as error:
            return (Fault("", f"Cannot be checked: {str(error)[:150]}", "json"),)
        return tuple(sorted(found.values(), key=lambda item: item.pointer))

    def accepts(self, instance: Json, budget: WorkBudget | None = None) -> bool:
        """Whether ``instance`` is valid; cheaper than asking for the faults. False where that is not known, as above.

        With a ``budget`` of the caller's, WorkExceeded is raised instead.
        """
        given, budget = budget, budget or WorkBudget()
        try:
            size = self._measured(instance, budget)
            if count_depth(size) > MAX_INSTANCE_DEPTH:
                return False
            work = self._estimate.work(self._part, size)
            if work <= min(ONE_QUESTION, budget.left):
                budget.spend(work)
                return self._compiled.is_valid(instance)
            return self.search(budget).fits(instance, size)
        except WorkExceeded:
            if given is None:
                return False
            raise
        except (ValueError, TypeError, RecursionError):
            return False

    def search(self, budget: WorkBudget) -> FaultSearch:
        """A search that asks about parts of the schema, paid from ``budget``."""
        return FaultSearch(self.schema, self._compiled, self._estimate, budget, self._path)

    def parts(self, budget: WorkBudget) -> SchemaParts:
        """The parts of the schema, as far as a search needs them, paid from ``budget``."""
        return SchemaParts(self.schema, self._compiled, self._path, budget)

    def _measured(self, instance: Json, budget: WorkBudget) -> Size:
        size = measure_value(instance)
        budget.spend(COUNTED * count_values(size))
        return size

    def find_dearest_value(self, levels: int) -> int:
        """The most units of work that one value in the first ``levels`` levels of an instance may cost.

        0 for schemas that are small in every way; looking closely would cost more than checking all else of a tool.
        """
        if not may_be_dear(self.schema):
            return 0
        return self._estimate.find_dearest(levels)


_TOO_DEEP = Fault("", f"Is nested deeper than {MAX_INSTANCE_DEPTH} levels", "depth")
NOT_CHECKED: Final = Fault(
    "",
    "Takes more work to check against its schema than is allowed, so it was not checked to the end; send less at once, "
    "or make the schema simpler (fewer alternatives)",
    TOO_COSTLY,
)
_NOT_EXPLAINED = Fault(
    "", "Does not fit its schema; to find out where takes more work than is allowed, send less at once", TOO_COSTLY
)


class Parts:
    """The parts of one already checked schema, compiled when asked for, references read from the schema's root."""

    __slots__ = ("_estimate", "_schema")

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._estimate: WorkEstimate | None = None  # of the whole schema, and so the same for each of its parts

    def at(self, path: Sequence[str | int]) -> Validator:
        """The validator of the part at ``path``, which must lead to a schema."""
        part = self._schema
        for step in path:
            part = part[step]
        if not has_references(part):
            return compile_checked(part)
        if self._estimate is None:
            self._estimate = WorkEstimate(self._schema)
        return Validator(self._schema, compile_within(self._schema, tuple(path)), tuple(path), self._estimate)


def compile_checked(schema: Json) -> Validator:
    """Compile without looking for other faults first. Raises ValueError where the engine refuses the schema."""
    return Validator(schema, compile_for_engine(schema))
