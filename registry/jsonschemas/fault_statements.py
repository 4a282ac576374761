"""Faults that a search found, said in the engine's words; comparing names for "did you mean" is bounded."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

import jsonschema_rs

from registry.errors import Fault
from registry.model import Json

from .fault_wording import find_nearest, make_pointer, word_fault, word_found_fault
from .schema_parts import SchemaParts
from .subschemas import Path
from .work_budget import WorkBudget

_EXPLAINED: Final = 10_000  # units for all errors of a part that is small
_COMPARED_CHARACTERS: Final = 400_000  # pairs of characters that are compared for all the faults of one value


class FaultStatements:
    """Says the faults of one search."""

    def __init__(self, parts: SchemaParts, budget: WorkBudget) -> None:
        self._parts = parts
        self._budget = budget
        self._comparable = _COMPARED_CHARACTERS

    def errors(self, validator: jsonschema_rs.Validator, schema: Json, value: Json, at: Path) -> Iterator[Fault]:
        """All that the engine has to say. It makes them all, with copies of what they are about, before the first."""
        self._budget.spend(_EXPLAINED)
        for error in validator.iter_errors(value):
            yield word_fault(error, schema, self.guess, at)

    def broken(self, schema: dict[str, Json], keyword: str, value: Json, at: Path) -> Iterator[Fault]:
        """In the engine's words, unless its error would hold a copy of a large array or object."""
        argument = schema[keyword]
        if not isinstance(value, dict | list):
            for error in self._parts.keyword(schema, keyword).iter_errors(value):
                yield word_fault(error, schema, self.guess, at)
        elif keyword in ("required", "dependentRequired"):
            lists = [argument] if keyword == "required" else [argument[name] for name in argument if name in value]
            for name in itertools.chain.from_iterable(lists):
                if name not in value:
                    yield from self.say(at, keyword, "Required", value, property=name)
        elif keyword == "type":
            types = argument if isinstance(argument, list) else [argument]
            yield from self.say(at, keyword, "Type", value, types=types)
        elif keyword == "enum":
            yield from self.say(at, keyword, "Enum", value, options=argument)
        elif keyword == "const":
            yield from self.say(at, keyword, "Constant", value, expected_value=argument)
        else:
            yield from self.say(at, keyword, keyword[0].upper() + keyword[1:], value, limit=argument)

    def say(self, at: Path, code: str, kind: str, value: Json, schema: Json = True, **facts: Json) -> Iterator[Fault]:
        """A fault of the engine's ``kind``, with the ``facts`` that its error would hold."""
        yield Fault(make_pointer(at), word_found_fault(kind, value, schema, self.guess, **facts), code)

    def guess(self, name: str, known: Iterable[str]) -> str | None:
        """The known name that was meant, as long as comparing has not cost too much."""
        names = list(itertools.islice(known, 500))
        self._comparable -= len(name) * sum(map(len, names))
        return find_nearest(name, names) if self._comparable > 0 else None
