"""Whole numbers as integers where their schema wants integers.

1.0, 1e2 and -0.0 are integers to JSON Schema, and what protobuf, Gson and JavaScript write for one; to Python they are
floats, which ``range()`` refuses. Up to 2^53 each is one integer. Beyond that several integers are written as the same
float, so which was meant is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.errors import Fault
from registry.model import Json

from .fault_wording import make_pointer, shorten_value
from .leading_schemas import find_leading
from .number_votes import NumberVotes, Vote, list_together, wants_integers
from .subschemas import Path
from .validation_engine import MAX_FAULTS, Validator
from .work_budget import COUNTED, STEP, WorkBudget

MAX_WHOLE_FLOAT: Final = 2**53
_UNIONS: Final = ("anyOf", "oneOf")
_CONDITIONS: Final = ("if", "then", "else")
_REWRITTEN: Final = 2 * COUNTED
_OPENED: Final = STEP // 8  # units for looking at what one schema says of one array or object
_Votes = dict[int, dict[Any, Vote]]
"""By the identity of an array or object, for each of its floats that a schema is about."""


class IntegerWriter:
    """Writes whole numbers as integers, for one schema. For any number of threads."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._leading = find_leading(validator.schema, wants_integers)

    def write(self, value: Json, budget: WorkBudget) -> tuple[Json, tuple[Fault, ...]]:
        """``value``, which must fit the schema, with integers where the schema wants them; and each that cannot be
        told. The argument is not changed. Raises WorkExceeded.
        """
        if not self._leading or not _holds_whole_float(value, budget):
            return value, ()
        search = _Search(self._validator, self._leading, budget)
        votes = search.find_votes(value)
        faults: list[Fault] = []
        written = _rewritten(value, votes, (), faults, budget) if votes else value
        return written, tuple(faults)


@dataclass(slots=True)
class _Noted:
    """The votes of one alternative, or of all that must hold; ``every``: also those that are not for integers."""

    every: bool = False
    votes: _Votes = field(default_factory=dict)
    seen: set[tuple[int, int]] = field(default_factory=set)

    def add(self, more: _Votes) -> None:
        """Note the votes of what must hold too."""
        for container, found in more.items():
            known = self.votes.setdefault(container, {})
            for step, vote in found.items():
                known[step] = max(vote, known.get(step, Vote.NOTHING))


class _Search:
    """The search for what wants integers in one value."""

    def __init__(self, validator: Validator, leading: frozenset[int], budget: WorkBudget) -> None:
        self._root = validator.schema
        self._leading = leading
        self._budget = budget
        self._search = validator.search(budget)
        self._parts = validator.parts(budget)
        self._numbers = NumberVotes(self._root, self._search.takes, budget)
        self._alternatives: dict[tuple[int, int], _Votes] = {}

    def find_votes(self, value: Json) -> _Votes:
        noted = _Noted()
        self._look((), self._root, value, noted)
        return noted.votes

    def _look(self, path: Path, schema: Json, value: Json, noted: _Noted) -> None:
        """Note the votes of one schema, and of all that hold together with it, on what is inside ``value``."""
        key = (id(schema), id(value))
        if not isinstance(schema, dict) or key in noted.seen or not (noted.every or id(schema) in self._leading):
            return
        self._budget.spend(_OPENED)
        noted.seen.add(key)
        for here, part, steps in self._parts.described(path, schema, value):
            if noted.every or id(part) in self._leading:
                self._inside(here, part, value, steps, noted)
        for here, part, steps in self._search.list_unevaluated(path, schema, value):
            if noted.every or id(part) in self._leading:
                self._inside(here, part, value, steps, noted)
        for here, part in self._together(path, schema, value):
            self._look(here, part, value, noted)
        for union in _UNIONS:
            if not self._leading.isdisjoint(map(id, schema.get(union, ()))):
                noted.add(self._of_alternatives((*path, union), schema[union], value))

    def _inside(self, path: Path, schema: Json, value: Any, steps: Sequence[Any], noted: _Noted) -> None:
        self._budget.spend(_REWRITTEN * len(steps))
        votes = noted.votes.get(id(value), {})
        for step in steps:
            one = value[step]
            if type(one) is float:
                if one.is_integer():
                    votes[step] = max(self._numbers.find_vote(path, schema, one), votes.get(step, Vote.NOTHING))
            elif type(one) is dict or type(one) is list:
                self._look(path, schema, one, noted)
        if votes:
            noted.votes[id(value)] = votes

    def _together(self, path: Path, schema: dict[str, Any], value: Json) -> Iterator[tuple[Path, Json]]:
        yield from list_together(self._root, path, schema)
        if isinstance(value, dict):
            for name, part in schema.get("dependentSchemas", {}).items():
                if name in value:
                    yield (*path, "dependentSchemas", name), part
        if "if" in schema and not self._leading.isdisjoint(id(schema.get(one)) for one in _CONDITIONS):
            fits = self._search.takes((*path, "if"), schema["if"], value)
            for branch in ("if", "then") if fits else ("else",):
                if branch in schema:
                    yield (*path, branch), schema[branch]

    def _of_alternatives(self, path: Path, branches: list[Json], value: Json) -> _Votes:
        """An integer where one alternative that fits wants it, and no other takes the number as it is."""
        found: _Votes = {}
        for index, branch in enumerate(branches):
            if isinstance(branch, dict) and self._search.takes((*path, index), branch, value):
                for container, votes in self._of_alternative((*path, index), branch, value).items():
                    known = found.setdefault(container, {})
                    for step, vote in votes.items():
                        before = known.get(step, Vote.NOTHING)
                        known[step] = min(before, vote) if before and vote else max(before, vote)
        return found

    def _of_alternative(self, path: Path, branch: Json, value: Json) -> _Votes:
        key = (id(branch), id(value))
        if key not in self._alternatives:
            self._alternatives[key] = {}  # where it leads back to itself without going down
            noted = _Noted(every=True)
            self._look(path, branch, value, noted)
            self._alternatives[key] = noted.votes
        return self._alternatives[key]


def _rewritten(value: Json, votes: _Votes, at: Path, faults: list[Fault], budget: WorkBudget) -> Any:
    budget.spend(_REWRITTEN * len(value))
    made: Any = value.copy()
    for step, one in value.items() if isinstance(value, dict) else enumerate(value):
        if type(one) is dict or type(one) is list:
            made[step] = _rewritten(one, votes, (*at, step), faults, budget)
    for step, vote in votes.get(id(value), {}).items():
        if vote is Vote.INTEGER:
            number = value[step]
            if abs(number) <= MAX_WHOLE_FLOAT:
                made[step] = int(number)
            elif len(faults) < MAX_FAULTS:
                faults.append(Fault(make_pointer((*at, step)), _word_too_large(number), "type"))
    return made


def _word_too_large(number: float) -> str:
    return (
        f"Must be an integer, and {shorten_value(number)} may stand for several: beyond 2^53 (9007199254740992) write "
        "its digits, without a point or an exponent"
    )


def _holds_whole_float(value: Json, budget: WorkBudget) -> bool:
    pending = [value]
    while pending:
        node = pending.pop()
        budget.spend(COUNTED * len(node))
        for one in node.values() if isinstance(node, dict) else node:
            if type(one) is float and one.is_integer():
                return True
            if type(one) is dict or type(one) is list:
                pending.append(one)
    return False
