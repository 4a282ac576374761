"""Where a value breaks a schema, found by a walk of our own that asks the engine about parts.

The engine answers "does it fit?" in compiled code, but for as long as schema and value make it, with the interpreter
held; and asked "why not?" it builds every error, with copies of what it is about, before it hands out the first. So it
is asked only questions whose work is known to be small beforehand:

    the whole           when its bound is small: nearly every call, with one question and no step of the walk
    a slice of an array, or of properties that one schema describes: where the whole is too much
    one value           when a slice does not fit, or is too much itself
    one keyword         when a value does not fit
    why not             of parts so small that all errors with all their copies are small too

What is too much in one piece is taken apart by keyword, cheap ones first, so that an alternative that cannot fit is
left before its expensive part is looked at. Verdicts are kept by schema and place: a schema that tries the same thing
on many ways, exponentially many in a recursive one, asks once. Every step and every question is paid from one budget
before it is done; when that is spent, what was found until then is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

import jsonschema_rs

from registry.errors import Fault
from registry.model import Json

from .evaluated_parts import EvaluatedParts
from .fault_statements import FaultStatements
from .fault_wording import make_pointer, word_no_alternative
from .keyword_work import ASSERTIONS, estimate_keyword
from .local_references import ANNOTATIONS, resolve_reference, split_reference
from .schema_parts import DescribedValues, SchemaParts
from .subschemas import Path
from .unique_items import holds_twice
from .value_size import Size, count_bytes, count_values, measure_value
from .work_budget import COUNTED, ONE_QUESTION, STEP, WorkBudget, WorkExceeded
from .work_estimate import WorkEstimate

_SMALL: Final = 2_000  # units, and bytes: a part of which the engine may tell every error
_SHARE: Final = 8  # one question may take this part of what is left
_SLICE: Final = 256
_SAYS_NOTHING: Final = ANNOTATIONS | {"$defs", "definitions", "$schema"}
_REASONS_WITHIN_REASONS: Final = 2
Words = Callable[[], Iterable[Fault]]
"""Says a fault that is known to be there. Most are never said: an alternative did not fit, and another did."""


class FaultSearch:
    """One search through one value."""

    def __init__(
        self,
        root: Json,
        whole: jsonschema_rs.Validator,
        estimate: WorkEstimate,
        budget: WorkBudget,
        start: Path = (),
        one_question: int = ONE_QUESTION,
    ) -> None:
        """``whole`` is the part of ``root`` at ``start``, compiled; ``one_question`` what is asked for in one piece."""
        self._root = root
        self._start = start
        self._one_question = one_question
        self._whole_schema = root
        for step in start:
            self._whole_schema = self._whole_schema[step]
        self._estimate = estimate
        self.budget = budget
        self._sizes: dict[int, Size] = {}
        self._verdicts: dict[tuple[int, Path], bool] = {}
        self._said: set[tuple[int, Path]] = set()
        self._parts = SchemaParts(root, whole, start, budget)
        self._words = FaultStatements(self._parts, budget)
        self._evaluated = EvaluatedParts(root, self._parts, budget, self._fits)
        self._within_reasons = 0
        self._asked = 0

    def faults(self, value: Json, size: Size, *, broken: bool = False) -> Iterator[Fault]:
        """Its faults, as they are found; ``broken``: it is known that there are some. Raises WorkExceeded."""
        self._note(value, size)
        for words in self._search(self._start, self._whole_schema, value, (), broken=broken):
            yield from words()

    def fits(self, value: Json, size: Size) -> bool:
        """Whether it has none. Raises WorkExceeded."""
        self._note(value, size)
        return self._fits(self._start, self._whole_schema, value, ())

    def takes(self, path: Path, schema: Json, value: Json) -> bool:
        """Whether any value, not only a part of the one searched, fits the part of the root at ``path``."""
        self._asked += 1
        self._sizes.clear()
        return self._fits(path, schema, value, ("", self._asked))

    def list_unevaluated(self, path: Path, schema: dict[str, Json], value: Json) -> Iterator[DescribedValues]:
        """What a schema under ``unevaluatedProperties`` or ``unevaluatedItems`` describes in any value."""
        self._asked += 1
        self._sizes.clear()
        for keyword, kind in (("unevaluatedProperties", dict), ("unevaluatedItems", list)):
            if isinstance(schema.get(keyword), dict) and isinstance(value, kind):
                done = self._evaluated.find_evaluated(path, {**schema, keyword: None}, value, ("", self._asked))
                steps: Iterable[Any] = value if isinstance(value, dict) else range(len(value))
                self.budget.spend(COUNTED * len(value))
                left = [step for step in steps if step not in done]
                yield DescribedValues((*path, keyword), schema[keyword], left)

    def _fits(self, path: Path, schema: Json, value: Json, at: Path) -> bool:
        return next(self._part(path, schema, value, at, patient=True), None) is None

    def _part(self, path: Path, schema: Json, value: Json, at: Path, *, patient: bool = False) -> Iterator[Words]:
        """One part of the schema asked of one value; each is searched once, however many ways lead to it."""
        if schema is True:
            return
        self.budget.spend(STEP)
        key = (id(schema), at)
        fits = self._verdicts.get(key)
        if fits is None:
            self._verdicts[key] = True  # where it leads back to itself without going down, the engine says so too
            for words in self._search(path, schema, value, at, patient=patient):
                self._verdicts[key] = False
                yield words
        elif not fits:
            yield partial(self._again, path, schema, value, at)

    def _again(self, path: Path, schema: Json, value: Json, at: Path) -> Iterator[Fault]:
        key = (id(schema), at)
        if key not in self._said:
            self._said.add(key)
            for words in self._search(path, schema, value, at, broken=True):
                yield from words()

    def _search(
        self, path: Path, schema: Json, value: Json, at: Path, *, patient: bool = False, broken: bool = False
    ) -> Iterator[Words]:
        """``patient``: it is an alternative, of which the cheap parts may tell; ``broken``: it is known not to fit."""
        if schema is False:
            yield partial(self._words.say, at, "falseSchema", "FalseSchema", value)
            return
        size = self._size_of(value)
        work = self._estimate.work(schema, size)
        if not broken and self._may_ask(work, patient):
            self.budget.spend(work)
            if self._parts.compiled(path, schema).is_valid(value):
                return
            broken = True
        if broken and work <= _SMALL and count_bytes(size) <= _SMALL:
            known = self._root if path == self._start else schema
            yield partial(self._words.errors, self._parts.compiled(path, schema), known, value, at)
            return
        only = next(iter(schema.keys() - _SAYS_NOTHING)) if broken and len(schema.keys() - _SAYS_NOTHING) == 1 else ""
        if only == "$ref":
            target = split_reference(self._root, schema["$ref"])
            yield from self._search(target, resolve_reference(self._root, schema["$ref"]), value, at, broken=True)
        elif only == "anyOf":
            yield partial(self._no_alternative, (*path, only), schema[only], value, at)
        else:
            yield from self._keywords(path, schema, value, at, patient)

    def _may_ask(self, work: int, patient: bool = False) -> bool:
        return work <= min(_SMALL if patient else self.budget.left // _SHARE, self._one_question)

    def _measured(self, value: Json) -> Size:
        size = measure_value(value)
        self.budget.spend(COUNTED * count_values(size))
        return size

    def _size_of(self, value: Json) -> Size:
        """The size of a part of the searched value. That of a large one is kept: it is asked many things."""
        size = self._sizes.get(id(value))
        if size is None:
            size = self._measured(value)
            self._note(value, size)
        return size

    def _note(self, value: Json, size: Size) -> None:
        if isinstance(value, dict | list) and count_values(size) > _SLICE:
            self._sizes[id(value)] = size

    # -- what a value is asked itself ------------------------------------------------------------------------------

    def _keywords(self, path: Path, schema: dict[str, Json], value: Json, at: Path, patient: bool) -> Iterator[Words]:
        yield from self._assertions(schema, value, at)
        large: list[DescribedValues] = []
        for group in self._parts.described(path, schema, value):
            if isinstance(value[group.steps[0]], dict | list) or len(group.steps) > _SLICE:
                large.append(group)
            else:
                yield from self._below(group, value, at)
        yield from self._unexpected(schema, value, at)
        yield from self._together(path, schema, value, at, patient)
        for group in large:
            yield from self._below(group, value, at)
        yield from self._names(path, schema, value, at)
        yield from self._alternatives(path, schema, value, at)
        yield from self._contained(path, schema, value, at)
        yield from self._unevaluated(path, schema, value, at)

    def _assertions(self, schema: dict[str, Json], value: Json, at: Path) -> Iterator[Words]:
        (level, *_) = self._measured(value if not isinstance(value, dict | list) else None)
        for keyword in ASSERTIONS:
            if keyword in schema:
                work = estimate_keyword(keyword, schema[keyword]).for_value(*level)
                self.budget.spend(work + STEP // 4 + (len(value) if isinstance(value, dict) else 0))
                if not self._parts.keyword(schema, keyword).is_valid(value):
                    yield partial(self._words.broken, schema, keyword, value, at)
        if schema.get("uniqueItems") is True and isinstance(value, list):
            self.budget.spend(4 * COUNTED * count_values(self._size_of(value)))
            if holds_twice(value):
                yield partial(self._words.say, at, "uniqueItems", "UniqueItems", value)

    # -- what stands inside it -------------------------------------------------------------------------------------

    def _unexpected(self, schema: dict[str, Json], value: Json, at: Path) -> Iterator[Words]:
        if schema.get("additionalProperties") is False and isinstance(value, dict):
            names = self._parts.find_additional(schema, value)
            if names:
                kind, code = "AdditionalProperties", "additionalProperties"
                yield partial(self._words.say, at, code, kind, value, schema, unexpected=names)

    def _below(self, group: DescribedValues, value: Json, at: Path) -> Iterator[Words]:
        """What one schema describes goes to the engine in slices, and one by one where a slice does not fit."""
        path, schema, steps = group
        if schema is True:
            return
        for begin in range(0, len(steps), _SLICE):
            some = steps[begin : begin + _SLICE]
            if len(some) > 1 and self._all_fit(path, schema, [value[step] for step in some]):
                continue
            for step in some:
                yield from self._part(path, schema, value[step], (*at, step))

    def _all_fit(self, path: Path, schema: Json, values: list[Json]) -> bool:
        """Whether one question says that all fit. False also where the question would be too large."""
        if schema is False:
            return False
        work = 2 * len(values) + self._estimate.work(schema, self._measured(values)[1:])
        if not self._may_ask(work):
            return False
        validator = self._parts.compiled(path, schema, of_items=True)
        self.budget.spend(work)
        return validator.is_valid(values)

    def _names(self, path: Path, schema: dict[str, Json], value: Json, at: Path) -> Iterator[Words]:
        if "propertyNames" not in schema or not isinstance(value, dict):
            return
        here, part, names = (*path, "propertyNames"), schema["propertyNames"], list(value)
        for begin in range(0, len(names), _SLICE):
            some = names[begin : begin + _SLICE]
            if self._all_fit(here, part, some):
                continue
            for name in some:
                words = next(self._part(here, part, name, (*at, "propertyNames", name)), None)
                if words is not None:
                    yield partial(self._bad_name, words, at)

    def _bad_name(self, words: Words, at: Path) -> Iterator[Fault]:
        reason = next((one.message for one in words()), "")
        yield Fault(make_pointer(at), f"A property has a name that is not allowed: {reason}"[:200], "propertyNames")

    # -- schemas of the same value ---------------------------------------------------------------------------------

    def _together(self, path: Path, schema: dict[str, Json], value: Json, at: Path, patient: bool) -> Iterator[Words]:
        """What must hold all at once."""
        if "$ref" in schema:
            reference = schema["$ref"]
            target = resolve_reference(self._root, reference)
            yield from self._part(split_reference(self._root, reference), target, value, at, patient=patient)
        for index, part in enumerate(schema.get("allOf", ())):
            yield from self._part((*path, "allOf", index), part, value, at, patient=patient)
        if isinstance(value, dict):
            for name, part in schema.get("dependentSchemas", {}).items():
                if name in value:
                    yield from self._part((*path, "dependentSchemas", name), part, value, at, patient=patient)
        if "if" in schema:
            branch = "then" if self._fits((*path, "if"), schema["if"], value, at) else "else"
            if branch in schema:
                yield from self._part((*path, branch), schema[branch], value, at, patient=patient)

    def _alternatives(self, path: Path, schema: dict[str, Json], value: Json, at: Path) -> Iterator[Words]:
        for keyword in ("anyOf", "oneOf"):
            if keyword not in schema:
                continue
            fitting = self._fitting((*path, keyword), schema[keyword], value, at)
            if next(fitting, None) is None:
                yield partial(self._no_alternative, (*path, keyword), schema[keyword], value, at)
            elif keyword == "oneOf" and next(fitting, None) is not None:
                yield partial(self._words.say, at, "oneOf", "OneOfMultipleValid", value)
        if "not" in schema and self._fits((*path, "not"), schema["not"], value, at):
            yield partial(self._words.say, at, "not", "Not", value)

    def _fitting(self, path: Path, branches: list[Json], value: Json, at: Path) -> Iterator[int]:
        for index, branch in enumerate(branches):
            if self._fits((*path, index), branch, value, at):
                yield index

    def _no_alternative(self, path: Path, branches: list[Json], value: Json, at: Path) -> Iterator[Fault]:
        yield Fault(make_pointer(at), word_no_alternative(self._reasons(path, branches, value, at)), str(path[-1]))

    def _reasons(self, path: Path, branches: list[Json], value: Json, at: Path) -> Iterator[str]:
        if self._within_reasons >= _REASONS_WITHIN_REASONS:
            return
        self._within_reasons += 1
        try:
            for index, branch in enumerate(branches):
                found = self._search((*path, index), branch, value, at, patient=True, broken=True)
                words = next(found, None)
                yield next((one.message for one in words()), "") if words is not None else ""
        except WorkExceeded:
            return  # what is known is that none fits
        finally:
            self._within_reasons -= 1

    def _contained(self, path: Path, schema: dict[str, Json], value: Json, at: Path) -> Iterator[Words]:
        if "contains" not in schema or not isinstance(value, list):
            return
        least, most = schema.get("minContains", 1), schema.get("maxContains")
        found = 0
        for _ in self._containing(path, schema, value, at):
            found += 1
            if found >= least and (most is None or found > most):
                break
        if found < least or (most is not None and found > most):
            yield partial(self._words.say, at, "contains", "Contains", value)

    def _containing(self, path: Path, schema: dict[str, Json], value: list[Json], at: Path) -> Iterator[int]:
        for index, item in enumerate(value):
            if self._fits((*path, "contains"), schema["contains"], item, (*at, index)):
                yield index

    # -- what no other keyword looked at ---------------------------------------------------------------------------

    def _unevaluated(self, path: Path, schema: dict[str, Json], value: Json, at: Path) -> Iterator[Words]:
        for keyword, kind in (("unevaluatedProperties", dict), ("unevaluatedItems", list)):
            if keyword not in schema or not isinstance(value, kind):
                continue
            done = self._evaluated.find_evaluated(path, {**schema, keyword: None}, value, at)
            steps: Iterable[Any] = value if isinstance(value, dict) else range(len(value))
            self.budget.spend(COUNTED * len(value))
            left = [step for step in steps if step not in done]
            if left and schema[keyword] is False and isinstance(value, dict):
                yield partial(self._words.say, at, keyword, "UnevaluatedProperties", value, schema, unexpected=left)
            else:
                yield from self._below(DescribedValues((*path, keyword), schema[keyword], left), value, at)
