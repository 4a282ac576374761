"""Compiling and validating with jsonschema-rs."""

from __future__ import annotations

import itertools
import urllib.parse
from collections.abc import Sequence
from typing import NoReturn

import jsonschema_rs

from registry.errors import Fault
from registry.model import Json

from .fault_wording import make_pointer, word_fault
from .local_references import has_references

MAX_FAULTS = 100
MAX_INSTANCE_DEPTH = 200  # the engine converts at most 255 levels, and a recursive schema overflows its stack far below
_ROOT = "urn:toolcrib:root"
PATTERN_OPTIONS = jsonschema_rs.RegexOptions()
"""Linear time in the length of the text; look-around and back references do not exist in it."""


class Validator:
    """A compiled schema. Safe to share between threads."""

    __slots__ = ("_compiled", "schema")

    def __init__(self, schema: Json, compiled: jsonschema_rs.Validator) -> None:
        self.schema = schema
        self._compiled = compiled

    def faults(self, instance: Json) -> tuple[Fault, ...]:
        """All faults of ``instance`` (at most 100), in the order of their pointers; empty when it is valid.

        ``code`` is the keyword that failed. For a missing property the pointer is that of the object. Never raises:
        what the engine cannot take (too deep, lone surrogates) is a fault at the root.
        """
        if is_deeper_than(instance, MAX_INSTANCE_DEPTH):
            return (Fault("", f"Is nested deeper than {MAX_INSTANCE_DEPTH} levels", "depth"),)
        try:
            if self._compiled.is_valid(instance):
                return ()
            errors = itertools.islice(self._compiled.iter_errors(instance), MAX_FAULTS)
            found = {(error.pointer, error.message): error for error in (word_fault(e, self.schema) for e in errors)}
        except (ValueError, RecursionError) as error:
            return (Fault("", f"Cannot be checked: {str(error)[:150]}", "json"),)
        return tuple(sorted(found.values(), key=lambda item: item.pointer))

    def accepts(self, instance: Json) -> bool:
        """Whether ``instance`` is valid; cheaper than asking for the faults."""
        if is_deeper_than(instance, MAX_INSTANCE_DEPTH):
            return False
        try:
            return self._compiled.is_valid(instance)
        except ValueError:
            return False


class Parts:
    """The parts of one already checked schema, compiled when asked for, references read from the schema's root."""

    __slots__ = ("_mapped", "_schema")

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._mapped: jsonschema_rs.ValidatorMap | None = None

    def at(self, path: Sequence[str | int]) -> Validator:
        """The validator of the part at ``path``, which must lead to a schema."""
        part = self._schema
        for step in path:
            part = part[step]
        if not has_references(part):
            return compile_checked(part)
        if self._mapped is None:  # once: it compiles every part
            self._mapped = jsonschema_rs.validator_map_for(
                self._schema,
                validate_formats=True,
                retriever=refuse_reference,
                pattern_options=PATTERN_OPTIONS,
                mask="the value",
            )
        place = "#" + urllib.parse.quote(make_pointer(path), safe="/~")
        if place in self._mapped:
            return Validator(self._schema, self._mapped[place])
        # The engine's map lacks parts that lead back to themselves: such a part is referred to from outside.
        return compile_checked({"$ref": _ROOT + place, "$defs": {"root": {**self._schema, "$id": _ROOT}}})


def compile_checked(schema: Json) -> Validator:
    """Compile without looking for other faults first. Raises ValueError where the engine refuses the schema."""
    compiled = jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, retriever=refuse_reference, pattern_options=PATTERN_OPTIONS, mask="the value"
    )
    return Validator(schema, compiled)


def refuse_reference(uri: str) -> NoReturn:
    """The engine's way to fetch a schema: there is none."""
    raise ValueError(f"references leave the schema: {uri[:100]}")


def is_deeper_than(instance: Json, limit: int) -> bool:
    """Whether a JSON value has more levels of arrays and objects than ``limit``; counts without recursion."""
    level = [instance]
    for _ in range(limit + 1):
        below: list[Json] = []
        for node in level:
            kind = type(node)
            if kind is dict:
                below += node.values()
            elif kind is list:
                below += node
        if not below:
            return False
        level = below
    return True
