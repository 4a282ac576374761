"""Whether a schema wants a whole number as an integer, or takes it however it is written.

JSON has one kind of number, and JSON Schema calls 1.0 an integer. What a schema says of it here is a vote: parts that
must hold together want an integer if one of them does; of alternatives every one that the number fits must want it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, Final

from registry.model import Json

from .local_references import resolve_reference, split_reference
from .subschemas import Path
from .work_budget import COUNTED, STEP, WorkBudget

_UNIONS: Final = ("anyOf", "oneOf")
Parts = list[tuple[tuple[str | int, ...], Json]]


class Vote(IntEnum):
    """What a schema says of a whole number that fits it. Where two parts hold together, the higher one counts."""

    NOTHING = 0
    NUMBER = 1
    INTEGER = 2
    DEPENDS = 3  # on which alternative the number fits
    NEVER = 4  # no number fits


class NumberVotes:
    """The votes of all parts of one schema, each worked out once. ``fits`` tells whether a value fits a part."""

    def __init__(self, root: Json, fits: Callable[[Path, Json, Json], bool], budget: WorkBudget) -> None:
        self._root = root
        self._budget = budget
        self._fits = fits
        self._votes: dict[int, Vote] = {}
        self._asked: dict[tuple[int, float], Vote] = {}

    def find_vote(self, path: Path, schema: Json, number: float) -> Vote:
        """NOTHING, NUMBER or INTEGER: what the part at ``path`` says of a number that fits it. Raises WorkExceeded."""
        vote = self._vote(schema)
        if vote is not Vote.DEPENDS:
            return vote
        key = (id(schema), number)
        if key not in self._asked:
            self._asked[key] = Vote.NOTHING  # where it leads back to itself without going down
            self._asked[key] = self._on(path, schema, number)
        return self._asked[key]

    def _on(self, path: Path, schema: dict[str, Any], number: float) -> Vote:
        self._budget.spend(STEP + COUNTED * len(schema.get("enum", ())))
        votes = [_own_vote(schema, number)]
        votes += (self.find_vote(here, part, number) for here, part in list_together(self._root, path, schema))
        if "if" in schema:
            branch = "then" if self._fits((*path, "if"), schema["if"], number) else "else"
            votes.append(self.find_vote((*path, branch), schema.get(branch, True), number))
        for union in _UNIONS:
            branches = [((*path, union, index), part) for index, part in enumerate(schema.get(union, ()))]
            fitting = [(here, part) for here, part in branches if self._fits(here, part, number)]
            cast = {self.find_vote(here, part, number) for here, part in fitting}
            votes.append(Vote.INTEGER if cast == {Vote.INTEGER} else Vote.NUMBER if cast else Vote.NOTHING)
        together = _together(votes)
        return together if together <= Vote.INTEGER else Vote.NUMBER

    def _vote(self, schema: Json) -> Vote:
        if not isinstance(schema, dict):
            return Vote.NEVER if schema is False else Vote.NOTHING
        known = self._votes.get(id(schema))
        if known is None:
            self._votes[id(schema)] = Vote.NOTHING  # as above
            known = self._votes[id(schema)] = self._made(schema)
        return known

    def _made(self, schema: dict[str, Any]) -> Vote:
        votes = [_own_vote(schema)]
        votes += (self._vote(part) for _, part in list_together(self._root, (), schema))
        if "if" in schema:
            then, other = (self._vote(schema.get(branch, True)) for branch in ("then", "else"))
            votes.append(then if then is other else Vote.DEPENDS)
        votes += (_of_alternatives(map(self._vote, schema[union])) for union in _UNIONS if union in schema)
        return _together(votes)


def list_together(root: Json, path: Path, schema: dict[str, Any]) -> Parts:
    """What must hold of the same value too, whatever that is: what is referred to, and ``allOf``."""
    found: Parts = [((*path, "allOf", index), part) for index, part in enumerate(schema.get("allOf", ()))]
    if isinstance(schema.get("$ref"), str):
        found.append((split_reference(root, schema["$ref"]), resolve_reference(root, schema["$ref"])))
    return found


def wants_integers(schema: dict[str, Any]) -> bool:
    """Whether the schema itself, without its parts, may want a whole number as an integer."""
    return _own_vote(schema) in {Vote.INTEGER, Vote.DEPENDS}


def _own_vote(schema: dict[str, Any], number: float | None = None) -> Vote:
    """The vote of ``type``, ``enum`` and ``const``; without a ``number`` it depends where some are written in each
    way."""
    votes = []
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        votes.append(Vote.NUMBER if "number" in types else Vote.INTEGER if "integer" in types else Vote.NEVER)
    listed = [[schema["const"]]] if "const" in schema else []
    listed += [schema["enum"]] if "enum" in schema else []
    for options in listed:
        whole = [one for one in options if type(one) is int or (type(one) is float and one.is_integer())]
        kinds = {type(one) for one in whole if number is None or one == number}
        some = Vote.INTEGER if kinds == {int} else Vote.NUMBER if kinds == {float} else Vote.DEPENDS
        votes.append(some if kinds else Vote.NEVER)
    return _together(votes)


def _together(votes: Iterable[Vote]) -> Vote:
    cast = set(votes)
    if Vote.NEVER not in cast and Vote.INTEGER in cast:
        return Vote.INTEGER
    return max(cast, default=Vote.NOTHING)


def _of_alternatives(votes: Iterable[Vote]) -> Vote:
    """An alternative that says nothing takes the number as it is."""
    cast = set(votes) - {Vote.NEVER}
    if not cast:
        return Vote.NEVER
    if cast <= {Vote.NUMBER, Vote.NOTHING}:
        return Vote.NUMBER
    return Vote.INTEGER if cast == {Vote.INTEGER} else Vote.DEPENDS
