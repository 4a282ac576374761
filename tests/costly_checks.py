"""Schemas and values that make checking expensive, each of another kind; and a program that says what each costs.

Run as a program it prints one JSON line for each case: CPU seconds, MiB of memory above what was there before, and the
faults that were found. Nothing else runs in it, so that its figures are those of the check.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Json = Any


class Costly(NamedTuple):
    """A schema, a value, and what the first fault must be about: a pointer's beginning and a code ("": it is valid)."""

    schema: Json
    value: Json
    pointer: str
    code: str


def nested(step: str, depth: int, innermost: Json) -> Json:
    """``innermost`` inside so many objects."""
    for _ in range(depth):
        innermost = {step: innermost}
    return innermost


def boxed(depth: int) -> Json:
    """1 inside so many arrays."""
    value: Json = 1
    for _ in range(depth):
        value = [value]
    return value


def tree(*branches: Json, keyword: str = "anyOf") -> Json:
    """A schema that tries every branch at every level; in a branch ``#/$defs/n`` is the whole."""
    return {"$defs": {"n": {keyword: list(branches)}}, "$ref": "#/$defs/n"}


NODE = {"$ref": "#/$defs/n"}
DIGITS = random.Random(7)


def binary(length: int) -> str:
    """A text of zeros and ones."""
    return "".join(DIGITS.choice("01") for _ in range(length))


def branch(number: int) -> Json:
    """One of many alternatives that a property tells apart; each marks something as secret."""
    item = {"type": "object", "properties": {"v": {"type": "integer"}, "s": {"type": "string", "writeOnly": True}}}
    kind = {"const": f"k{number}"}
    return {"properties": {"kind": kind, "data": {"type": "array", "items": item}}, "required": ["kind", "data"]}


def alternatives_of_a_large_array() -> Costly:
    schema = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "boolean"}, {"type": "null"}]}}
    return Costly(schema, [1] * 520_000, "/0", "anyOf")


def alternatives_that_repeat_themselves() -> Costly:
    branches = [{"type": "object", "properties": {"a": NODE}, "required": ["a", name]} for name in ("y", "z")]
    return Costly(tree(*branches, {"type": "string"}), nested("a", 18, 1), "", "anyOf")


def alternatives_that_double_at_sixty_levels() -> Costly:
    branches = [{"properties": {"a": NODE, "b": NODE}, "required": [f"q{number}"]} for number in range(20)]
    return Costly(tree(*branches), nested("a", 60, 1), "", "anyOf")


def conditions_that_all_hold_double_at_sixty_levels() -> Costly:
    schema = tree({"properties": {"a": NODE}}, {"properties": {"a": NODE}}, keyword="allOf")
    schema["$defs"]["n"]["type"] = ["object", "string"]
    return Costly(schema, nested("a", 60, 1), "/a/a/a", "type")


def a_list_of_lists_sent_where_calls_are_expected() -> Costly:
    call = {"oneOf": [{"type": "object", "required": [name]} for name in ("id", "call_id", "functionCall")]}
    return Costly(
        {"type": "object", "properties": {"calls": {"type": "array", "items": call}}}, [1] * 100_000, "", "type"
    )


def many_constants_of_many_items() -> Costly:
    schema = {"type": "array", "items": {"anyOf": [{"const": number} for number in range(1_000)]}}
    return Costly(schema, [999] * 15_000, "", "too-costly")


def two_hundred_thousand_items() -> Costly:
    return Costly({"type": "array", "items": {"type": "integer"}}, [1] * 200_000, "", "")


def one_wrong_among_two_hundred_thousand() -> Costly:
    return Costly({"items": {"type": "integer", "minimum": 0}}, [1] * 200_000 + ["x"], "/200000", "type")


def a_large_value_under_two_hundred_alternatives() -> Costly:
    value = {"kind": "k150", "data": [{"v": 1, "s": "abc"}] * 50_000}
    return Costly({"type": "object", "oneOf": [branch(number) for number in range(200)]}, value, "", "")


def a_large_wrong_value_under_two_hundred_alternatives() -> Costly:
    value = {"kind": "k150", "data": [*([{"v": 1, "s": "abc"}] * 50_000), {"v": "x"}]}
    return Costly({"type": "object", "oneOf": [branch(number) for number in range(200)]}, value, "", "oneOf")


def unique_items() -> Costly:
    return Costly({"type": "array", "uniqueItems": True}, list(range(150_000)), "", "")


def unique_long_integers() -> Costly:
    return Costly({"type": "array", "uniqueItems": True}, [10**30 + number for number in range(30_000)], "", "")


def unique_long_integers_of_one_hash() -> Costly:
    """Python's hash of an integer is its rest by a known prime."""
    return Costly({"uniqueItems": True}, [number * (2**61 - 1) for number in range(5, 45_000)], "", "")


def unique_lists_of_one_hash() -> Costly:
    """For Python -1 and -2 have one hash, and so have all lists of them."""
    value = [[-1 - (number >> bit & 1) for bit in range(16)] for number in range(20_000)]
    return Costly({"uniqueItems": True}, value, "", "")


def unique_lists_that_begin_alike() -> Costly:
    return Costly({"uniqueItems": True}, [[1.5] * 15_000 + [number] for number in range(15)], "", "")


def unique_at_every_level() -> Costly:
    schema = {"$defs": {"n": {"uniqueItems": True, "items": NODE}}, "$ref": "#/$defs/n"}
    return Costly(schema, [boxed(60)] * 7_000, "", "uniqueItems")


def many_patterns_of_many_names() -> Costly:
    patterns = {f"^k{number}.*[a-z]+$": {"type": "integer"} for number in range(2_000)}
    return Costly({"patternProperties": patterns}, {f"k{n}a": 1 for n in range(80_000)}, "", "too-costly")


def many_unknown_names() -> Costly:
    known: Json = {f"property_number_{number:030}": {} for number in range(500)}
    schema = {"items": {"properties": known, "additionalProperties": False}}
    return Costly(schema, [{f"proprety_number_{n:030}": 1} for n in range(15_000)], "/0", "additionalProperties")


def long_constants() -> Costly:
    options = [[1] * 1_000 + [number] for number in range(20)]
    return Costly({"items": {"enum": options}}, [[1] * 1_000 + [99]] * 250, "/0", "enum")


def fractions_among_fractions() -> Costly:
    return Costly({"items": {"enum": [n + 0.5 for n in range(2_000)]}}, [1.25] * 200_000, "/0", "enum")


def long_integers_divided() -> Costly:
    schema = {"items": {"allOf": [{"multipleOf": 7 + number} for number in range(2_000)]}}
    return Costly(schema, [7**4_000] * 240, "/0", "multipleOf")


def fractions_of_extreme_size_divided() -> Costly:
    schema = {"items": {"type": "number", "multipleOf": 0.1}}
    return Costly(schema, [5e-324, 1.7e308] * 80_000, "/0", "multipleOf")


def integers_divided_by_the_least_fraction() -> Costly:
    return Costly({"items": {"multipleOf": 5e-324}}, list(range(150_000)), "", "too-costly")


def constants_of_extreme_size() -> Costly:
    options: Json = [number * 5e-324 for number in range(1, 1_000)]
    return Costly({"items": {"enum": options}}, [1.5] * 200_000, "/0", "enum")


def contains_what_is_not_there() -> Costly:
    return Costly({"contains": {"type": "string"}, "minContains": 3}, [1] * 520_000, "", "")


def unevaluated_behind_patterns() -> Costly:
    branches: Json = [{"patternProperties": {f"k{number}$": {} for number in range(20)}} for _ in range(80)]
    value = {f"k{number}x": 1 for number in range(80_000)}
    return Costly({"anyOf": branches, "unevaluatedProperties": False}, value, "", "too-costly")


def a_tower_of_unevaluated() -> Costly:
    schema: Json = {"properties": {"x": {}}}
    for number in range(20):
        parts = [schema, {"properties": {f"p{number}": {}}}]
        schema = {"allOf": parts, "unevaluatedProperties": {"type": "integer"}}
    return Costly(schema, {f"k{number}": "s" for number in range(60_000)}, "/k", "type")


def conditions_in_a_row() -> Costly:
    row = [{"if": {"const": n}, "then": {"type": "string"}, "else": {"type": "integer"}} for n in range(800)]
    return Costly({"items": {"allOf": row}}, [5] * 200_000, "/0", "type")


def schemas_that_depend_on_names() -> Costly:
    dependent = {f"k{number}": {"required": ["z"], "minProperties": 10**6} for number in range(1_000)}
    return Costly({"dependentSchemas": dependent}, {f"k{n}": 1 for n in range(80_000)}, "", "required")


def an_expression_of_a_thousand_places() -> Costly:
    return Costly({"properties": {"a": {"pattern": "^(?:[01]*1[01]{1000})+$"}}}, {"a": binary(10**6)}, "", "too-costly")


def expressions_of_many_texts() -> Costly:
    texts = [binary(100) for _ in range(9_000)]
    return Costly({"items": {"pattern": "^(?:[01]*1[01]{20})+3$"}}, texts, "/0", "pattern")


def a_long_text_that_is_wrong_in_every_way() -> Costly:
    schema = {"properties": {"a": {"type": "integer", "maxLength": 3, "pattern": "^x", "enum": ["k" * 5_000]}}}
    return Costly(schema, {"a": "v" * 10**6}, "/a", "")


def names_that_fit_no_alternative() -> Costly:
    schema = {"propertyNames": {"anyOf": [{"pattern": f"^{number}"} for number in range(1_000)]}}
    return Costly(schema, {f"k{number}": 1 for number in range(90_000)}, "", "")


def deep_and_many() -> Costly:
    return Costly(tree({"items": NODE, "type": "array"}, {"type": "string"}), [boxed(62)] * 7_000, "", "anyOf")


def many_required_of_many() -> Costly:
    return Costly({"items": {"required": [f"k{n}" for n in range(5_000)]}}, [{}] * 340_000, "/0", "required")


def objects_as_people_send_them() -> Costly:
    fields = {f"f{number}": {"type": "string", "maxLength": 100} for number in range(40)}
    schema = {"items": {"type": "object", "properties": fields, "required": ["f1"], "additionalProperties": False}}
    return Costly(schema, [{f"f{n}": "abcdefgh" for n in range(40)} for _ in range(1_400)], "", "")


def a_wide_schema_that_holds_itself() -> Costly:
    node = {"type": "object", "properties": {f"p{number}": NODE for number in range(1_500)}}
    value = {f"p{a}": {f"p{b}": {f"p{c}": 1 for c in range(3)} for b in range(20)} for a in range(1_000)}
    return Costly({"$defs": {"n": node}, **NODE}, value, "/p0/p0/p0", "type")


MAKERS: tuple[Callable[[], Costly], ...] = (
    alternatives_of_a_large_array,
    alternatives_that_repeat_themselves,
    alternatives_that_double_at_sixty_levels,
    conditions_that_all_hold_double_at_sixty_levels,
    a_list_of_lists_sent_where_calls_are_expected,
    many_constants_of_many_items,
    two_hundred_thousand_items,
    one_wrong_among_two_hundred_thousand,
    a_large_value_under_two_hundred_alternatives,
    a_large_wrong_value_under_two_hundred_alternatives,
    unique_items,
    unique_long_integers,
    unique_long_integers_of_one_hash,
    unique_lists_of_one_hash,
    unique_lists_that_begin_alike,
    unique_at_every_level,
    many_patterns_of_many_names,
    many_unknown_names,
    long_constants,
    fractions_among_fractions,
    long_integers_divided,
    fractions_of_extreme_size_divided,
    integers_divided_by_the_least_fraction,
    constants_of_extreme_size,
    contains_what_is_not_there,
    unevaluated_behind_patterns,
    a_tower_of_unevaluated,
    conditions_in_a_row,
    schemas_that_depend_on_names,
    an_expression_of_a_thousand_places,
    expressions_of_many_texts,
    a_long_text_that_is_wrong_in_every_way,
    names_that_fit_no_alternative,
    deep_and_many,
    many_required_of_many,
    objects_as_people_send_them,
    a_wide_schema_that_holds_itself,
)


def memory(field: str) -> float:
    """MiB of this process: VmRSS is now, VmHWM the most since it was reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def measured(maker: Callable[[], Costly]) -> Json:
    """What checking one case costs, and what it says."""
    from registry import jsonschemas

    costly = maker()
    validator = jsonschemas.compile_schema(costly.schema)
    Path("/proc/self/clear_refs").write_text("5")
    before, started = memory("VmRSS"), time.thread_time()
    faults = validator.faults(costly.value)
    seconds, mib = time.thread_time() - started, memory("VmHWM") - before
    said = [(fault.pointer, fault.code, fault.message) for fault in faults]
    return {"name": maker.__name__, "seconds": seconds, "mib": mib, "faults": said}


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for one in MAKERS:
        if not wanted or one.__name__ in wanted:
            print(json.dumps(measured(one)), flush=True)
