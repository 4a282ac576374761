"""How much work a schema may make of a value of a given size: an upper bound, in units of :mod:`.work_budget`.

For each level of a value the bound is the most that can be asked of one value there. At one place the alternatives
and conditions of a schema are all asked (their work adds up), while a property is described by one entry of
``properties`` (the dearest of them counts). So a row of bounds per level is made from the row above it, without
recursion: a schema that refers to itself has a row for each level of the values it meets, and one that tries several
ways at each level has rows that double, which is how an exponential schema shows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from registry.model import Json

from .keyword_work import NOTHING, UNIQUE_BELOW, Work, estimate_keyword, estimate_match
from .local_references import resolve_reference
from .subschemas import walk_subschemas
from .value_size import Size
from .work_budget import COSTLY_VALUE

UNBOUNDED: Final = 1 << 200
_MAX_ENTRIES = 40_000  # of all rows of a schema: a tenth of a second to make, and a few MiB
_BRANCHES = ("allOf", "anyOf", "oneOf")
_DEAR = ("enum", "const", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_SAME_PLACE = ("not", "if", "then", "else")


@dataclass(slots=True)
class _Entry:
    """One schema: its own work, and which others (by number) are asked of the same value and of those below it."""

    own: Work = NOTHING
    same_place: list[int] = field(default_factory=list)
    one_property: list[int] = field(default_factory=list)
    each_property: list[int] = field(default_factory=list)
    one_item: list[int] = field(default_factory=list)
    each_item: list[int] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    each_below: Work = NOTHING
    unique: bool = False
    evaluates_again: bool = False


class WorkEstimate:
    """The bounds of one schema that was checked, with all that it refers to. For any number of threads."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._numbers: dict[int, int] = {}
        self._entries: list[_Entry] = []
        self._rows: list[list[Work]] = []
        self._ended = False
        self._lock = threading.Lock()
        self._read(root)

    def work(self, schema: Json, size: Size) -> int:
        """Units that asking whether a value of ``size`` fits ``schema`` (a part of the root) may take at most."""
        number = self._numbers.get(id(schema))
        if number is None:
            return 0 if isinstance(schema, bool) else UNBOUNDED
        total = sum(level.values for level in size)  # the engine may look through an object before it asks anything
        for depth, level in enumerate(size):
            row = self._row(depth)
            if row is None:
                return UNBOUNDED
            if not row:
                break
            total += row[number].for_value(*level)
        return total

    def find_dearest(self, levels: int) -> int:
        """The most units for one plain value at one of the first ``levels`` levels below the root schema."""
        rows = [self._row(depth) for depth in range(levels)]
        number = self._numbers.get(id(self._root))
        if number is None:
            return 0
        return max(UNBOUNDED if row is None else row[number].value if row else 0 for row in rows)

    def _row(self, depth: int) -> list[Work] | None:
        """The bounds of all schemas at ``depth``; empty where none asks anything more, None where it is too much."""
        if depth >= len(self._rows) and not self._ended:
            with self._lock:
                self._extend(depth)
        if depth < len(self._rows):
            return self._rows[depth]
        return [] if self._ended else None

    def _extend(self, depth: int) -> None:
        while len(self._rows) <= depth and not self._ended:
            if (len(self._rows) + 1) * len(self._entries) > max(_MAX_ENTRIES, 4 * len(self._entries)):
                return
            above = self._rows[-1] if self._rows else None
            row: list[Work] = []
            for entry in self._entries:
                row.append(_bound_of(entry, row, above, self._rows[0] if len(self._rows) == 1 else None))
            if above is not None and all(work == NOTHING for work in row):
                self._ended = True
            else:
                self._rows.append(row)

    def _read(self, root: Json) -> None:
        """Number all schemas that can be asked, each after those of its own place, and note what leads where."""
        numbered: list[dict[str, Json]] = []
        seen: set[int] = set()
        places = [root]
        while places:
            pending = [(places.pop(), False)]
            while pending:
                schema, ready = pending.pop()
                if ready:
                    self._numbers[id(schema)] = len(numbered)
                    numbered.append(schema)
                    places += _below(schema)
                elif isinstance(schema, dict) and id(schema) not in seen:
                    seen.add(id(schema))
                    pending.append((schema, True))
                    pending += ((one, False) for one in list_same_place(root, schema))
        self._entries = [self._entry(schema) for schema in numbered]

    def _entry(self, schema: dict[str, Json]) -> _Entry:
        entry = _Entry()
        own = Work(2, 1, 0)
        for keyword, argument in schema.items():
            own += estimate_keyword(keyword, argument)
        entry.own = own
        entry.same_place = self._known(list_same_place(self._root, schema))
        entry.one_property = self._known([*schema.get("properties", {}).values(), schema.get("additionalProperties")])
        patterns = schema.get("patternProperties", {})
        entry.each_property = self._known([*patterns.values(), schema.get("unevaluatedProperties")])
        entry.one_item = self._known([*schema.get("prefixItems", ()), schema.get("items")])
        entry.each_item = self._known([schema.get("contains"), schema.get("unevaluatedItems")])
        entry.names = self._known([schema.get("propertyNames")])
        entry.unique = schema.get("uniqueItems") is True
        entry.evaluates_again = "unevaluatedProperties" in schema or "unevaluatedItems" in schema
        below = Work(4, 0, 0) if {"properties", "additionalProperties", "contains"} & schema.keys() else NOTHING
        for pattern in patterns:
            below += estimate_match(pattern)
        entry.each_below = below.times(4) if entry.evaluates_again else below
        return entry

    def _known(self, schemas: list[Json]) -> list[int]:
        return [self._numbers[id(one)] for one in schemas if id(one) in self._numbers]


def may_be_dear(schema: Json) -> bool:
    """Whether one value might cost more than COSTLY_VALUE; False only where it certainly does not."""
    units = 0
    for _, node in walk_subschemas(schema):
        if "$ref" in node or "unevaluatedProperties" in node or "unevaluatedItems" in node or "uniqueItems" in node:
            return True
        units += 20 * len(node) + 6 * sum(len(node.get(key, ())) for key in ("required", "dependentRequired"))
        units += 200 * len(node.get("patternProperties", ()))
        units += sum(estimate_keyword(keyword, node[keyword]).value for keyword in _DEAR if keyword in node)
        if units > COSTLY_VALUE:
            return True
    return False


def _bound_of(entry: _Entry, row: list[Work], above: list[Work] | None, names: list[Work] | None) -> Work:
    total = entry.own if above is None else NOTHING
    beside = NOTHING
    for number in entry.same_place:
        if number < len(row):  # else it leads back to here without going down, where the engine stops
            beside += row[number]
    total += beside.times(3) if entry.evaluates_again else beside
    if above is None:
        return total
    below = _dearest(entry.one_property, above)
    for number in entry.each_property:
        below += above[number]
    items = _dearest(entry.one_item, above)
    for number in entry.each_item:
        items += above[number].times(2)
    total += below.or_more(items)
    if names is not None:  # one level down: names are counted with the values that stand under them
        total += entry.each_below
        for number in entry.names:
            total += names[number]
        if entry.evaluates_again:  # each place is looked for in all that may have evaluated it
            total += Work(30 + sum(names[number].value for number in entry.same_place), 0, 0)
    return total + UNIQUE_BELOW if entry.unique else total


def _dearest(numbers: list[int], row: list[Work]) -> Work:
    most = NOTHING
    for number in numbers:
        most = most.or_more(row[number])
    return most


def list_same_place(root: Json, schema: dict[str, Json]) -> list[Json]:
    """The schemas that ``schema`` asks of the same value: references, alternatives, conditions."""
    found: list[Json] = []
    if isinstance(schema.get("$ref"), str):
        found.append(resolve_reference(root, schema["$ref"]))
    for keyword in _BRANCHES:
        found += schema.get(keyword, ())
    found += (schema[keyword] for keyword in _SAME_PLACE if keyword in schema)
    found += schema.get("dependentSchemas", {}).values()
    return found


def _below(schema: dict[str, Json]) -> list[Json]:
    """The schemas that it asks of what stands inside the value, and of the names there."""
    found: list[Json] = [*schema.get("properties", {}).values(), *schema.get("patternProperties", {}).values()]
    found += schema.get("prefixItems", ())
    for keyword in ("additionalProperties", "unevaluatedProperties", "propertyNames"):
        found.append(schema.get(keyword))
    for keyword in ("items", "contains", "unevaluatedItems"):
        found.append(schema.get(keyword))
    return found
