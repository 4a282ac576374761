"""What one keyword costs the engine at one value: units for the value itself, more where it is a number that is slow to
compare, and for each byte of its text. Measured with the engine that is locked, for the worst value of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from registry.model import Json

from .pattern_states import count_states, count_units_per_character
from .subschemas import walk_subschemas
from .value_size import is_extreme


class Work(NamedTuple):
    """Units for each value, for each slow number among them, and for each byte of their texts."""

    value: int
    slow_number: int
    text_byte: int

    def __add__(self, other: Work) -> Work:  # type: ignore[override]
        return Work(self[0] + other[0], self[1] + other[1], self[2] + other[2])

    def times(self, factor: int) -> Work:
        """So many times as much."""
        return Work(self[0] * factor, self[1] * factor, self[2] * factor)

    def or_more(self, other: Work) -> Work:
        """The larger of both, part by part."""
        return Work(max(self[0], other[0]), max(self[1], other[1]), max(self[2], other[2]))

    def for_value(self, values: int, slow_numbers: int, text_bytes: int) -> int:
        """Units for so many values, with so many slow numbers and bytes of text among them."""
        return self[0] * values + self[1] * slow_numbers + self[2] * text_bytes


NOTHING: Final = Work(0, 0, 0)
_NUMBER_COMPARED = 200  # with a number that is not a small integer; 18 where both are
_INTEGERS_COMPARED = 20
_EXTREME_COMPARED = 2_000  # as an argument; as a value it counts as several slow numbers
_COMPILED = 500
_COMPILED_PATTERN = 10_000
_COMPILED_STATE = 500
_UNICODE_CLASS = 100  # a class such as \p{L} is a hundred ranges
ASSERTIONS: Final = (
    "type",
    "enum",
    "const",
    "required",
    "dependentRequired",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "format",
    "pattern",
)
"""The keywords without schemas inside them, the cheap ones first."""
UNIQUE_BELOW: Final = Work(120, 1000, 8)
"""``uniqueItems`` for every value below the array, at any depth."""


def estimate_keyword(keyword: str, argument: Json) -> Work:
    """The work of one assertion, without that of schemas inside it."""
    bound = _WORK.get(keyword)
    return bound(argument) if bound is not None else Work(2, 1, 0)


def estimate_match(pattern: Json) -> Work:
    """The work of matching one text."""
    return Work(12, 0, count_units_per_character(pattern)) if isinstance(pattern, str) else NOTHING


def estimate_compiling(schema: Json) -> int:
    """Units for making a validator of it: for each schema inside, and much more for each expression."""
    units = 0
    for _, node in walk_subschemas(schema):
        patterns = [node["pattern"]] if "pattern" in node else []
        patterns += node.get("patternProperties", ())
        units += _COMPILED + sum(map(estimate_pattern_reading, patterns))
    return units


def estimate_pattern_reading(pattern: str) -> int:
    """Units for reading one expression."""
    return _COMPILED_PATTERN + _COMPILED_STATE * count_states(pattern, unicode_class=_UNICODE_CLASS)


def _compared(option: Json) -> Work:
    """With one value of ``enum`` or ``const``; two that are equal for long are compared to their ends."""
    if isinstance(option, bool) or option is None:
        return Work(2, 1, 0)
    if isinstance(option, int):
        return Work(_INTEGERS_COMPARED, _NUMBER_COMPARED, 0)
    if isinstance(option, float):
        return Work(_EXTREME_COMPARED if is_extreme(option) else _NUMBER_COMPARED, _NUMBER_COMPARED, 0)
    if isinstance(option, str):
        return Work(2 + len(option) // 16, 1, 0)
    return Work(_written_out(option), 1, 0)


def _written_out(option: Json) -> int:
    units, pending = 0, [option]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending += node.values()
            units += 40 * len(node)
        elif isinstance(node, list):
            pending += node
        elif isinstance(node, int | float) and not isinstance(node, bool):
            units += _EXTREME_COMPARED if is_extreme(node) else _NUMBER_COMPARED
        units += 10 + (len(node) // 16 if isinstance(node, str) else 0)
    return units


def _one_of(options: Json) -> Work:
    if not isinstance(options, list):
        return NOTHING
    total = Work(2, 1, 0)
    for option in options:
        total += _compared(option)
    return total


def _names(argument: Json) -> Work:
    return Work(2 + 4 * len(argument), 0, 0) if isinstance(argument, list | dict) else NOTHING


def _dependent(argument: Json) -> Work:
    names = sum(1 + len(needed) for needed in argument.values() if isinstance(needed, list))
    return Work(2 + 6 * names, 0, 0)


def _looked_up(argument: Json) -> Work:
    return Work(2 + len(argument) // 4, 0, 0)


def _bound(argument: Json) -> Work:
    return Work(6, 12, 0) if isinstance(argument, int) and abs(argument) < 1 << 53 else Work(150, 200, 0)


def _multiple(argument: Json) -> Work:
    if isinstance(argument, int):
        return Work(10, 100, 0) if abs(argument) < 1 << 53 else Work(160, 200, 0)
    return Work(_EXTREME_COMPARED, 2_200, 0) if is_extreme(argument) else Work(400, 400, 0)


_WORK: Final[dict[str, Callable[[Json], Work]]] = {
    "type": lambda _: Work(2, 1, 0),
    "enum": _one_of,
    "const": _compared,
    "pattern": estimate_match,
    "format": lambda _: Work(20, 0, 5),
    "required": _names,
    "dependentRequired": _dependent,
    "dependentSchemas": _names,
    "properties": _looked_up,
    "minimum": _bound,
    "maximum": _bound,
    "exclusiveMinimum": _bound,
    "exclusiveMaximum": _bound,
    "multipleOf": _multiple,
}
