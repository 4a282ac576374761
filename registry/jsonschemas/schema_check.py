"""Whether a schema is usable: valid against its meta-schema, references local, patterns linear, not a bomb."""

from __future__ import annotations

import functools
import itertools

import jsonschema_rs

from registry.errors import Fault, InputRefused
from registry.model import Json

from .engine_compiler import compile_for_engine
from .fault_wording import make_pointer, shorten_message, shorten_value, word_fault
from .keyword_work import estimate_pattern_reading
from .local_references import SchemaTooLarge, refuse_bomb, resolve_reference
from .look_ahead import split_look_ahead
from .subschemas import Path, walk_subschemas
from .validation_engine import MAX_FAULTS, Validator, compile_checked
from .value_size import count_depth, measure_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_DEPTH = 64
MAX_PATTERN_WORK = 40_000_000
"""Units of work (see :mod:`.work_budget`) that reading all regular expressions of a schema may take: 0.2 CPU-s."""
_UNSUPPORTED = {
    "$dynamicRef": "use $ref with a pointer into this schema",
    "$recursiveRef": "use $ref with a pointer into this schema",
    "$id": "remove it: references start at the root of this schema",
    "$anchor": "refer to the place by its pointer, such as #/$defs/name",
    "$dynamicAnchor": "refer to the place by its pointer, such as #/$defs/name",
}
_NOT_LINEAR = "no back references, and look-around only as ^(?=…) or ^(?!…) at its beginning"
_REFERRING = frozenset({"$ref", "$schema", *_UNSUPPORTED})


def check_schema(schema: Json) -> tuple[Fault, ...]:
    """All faults of a schema; empty when :func:`compile_schema` takes it. Never raises, opens no connection or file.

    Codes: the meta-schema's failing keyword, or ``ref-remote``, ``ref-missing``, ``ref-bomb``, ``dialect``,
    ``unsupported``, ``pattern``, ``depth``, ``schema``.
    """
    return _examined(schema)[1]


def compile_schema(schema: Json) -> Validator:
    """Compile a schema, asserting ``format``. Raises InputRefused for one that :func:`check_schema` faults."""
    validator, faults = _examined(schema)
    if validator is None:
        raise InputRefused(f"Not a usable JSON Schema: {faults[0].message}", faults)
    return validator


def _examined(schema: Json) -> tuple[Validator | None, tuple[Fault, ...]]:
    if _is_too_deep(schema):
        return None, (Fault("", f"The schema is nested deeper than {MAX_SCHEMA_DEPTH} levels", "depth"),)
    faults: list[Fault] = []
    references, pattern_units = False, 0
    for path, node in walk_subschemas(schema):
        if not _REFERRING.isdisjoint(node):
            faults += _own_faults(schema, path, node)
            references = references or "$ref" in node
        if "pattern" in node or "patternProperties" in node:
            large, units = _large_patterns(path, node)
            faults += large
            pattern_units += units
    if pattern_units > MAX_PATTERN_WORK:
        message = "Its regular expressions are too large together; write fewer, with smaller counts of repetition"
        return None, (Fault("", message, "pattern"),)
    if not faults and references:
        faults += _bomb(schema)
    if not faults:
        try:
            return compile_checked(schema), ()
        except (ValueError, RecursionError):
            pass  # explained below, slowly
    return None, _explained(schema, faults)


def _large_patterns(path: Path, node: dict[str, Json]) -> tuple[list[Fault], int]:
    """Faults for each expression that is too large to be read, and the work of reading the others."""
    faults, units = [], 0
    for place, pattern in _patterns(path, node):
        one = estimate_pattern_reading(pattern)
        if one > MAX_PATTERN_WORK // 2:
            message = f"{shorten_value(pattern)} is too large: it repeats too much too often"
            faults.append(Fault(make_pointer(place), shorten_message(message), "pattern"))
        else:
            units += one
    return faults, units


def _own_faults(root: Json, path: Path, node: dict[str, Json]) -> list[Fault]:
    faults = []
    for key in _UNSUPPORTED.keys() & node.keys():
        faults.append(Fault(make_pointer((*path, key)), f"{key} is not supported; {_UNSUPPORTED[key]}", "unsupported"))
    dialect = node.get("$schema", DIALECT)
    if dialect not in {DIALECT, DIALECT + "#"} if isinstance(dialect, str) else True:
        faults.append(
            Fault(make_pointer((*path, "$schema")), f"Schemas are read as {DIALECT}; remove $schema", "dialect")
        )
    reference = node.get("$ref")
    if isinstance(reference, str):
        fault = _reference_fault(root, reference)
        if fault:
            faults.append(Fault(make_pointer((*path, "$ref")), shorten_message(fault[0]), fault[1]))
    return faults


def _reference_fault(root: Json, reference: str) -> tuple[str, str] | None:
    if reference != "#" and not reference.startswith("#/"):
        return (
            f"{shorten_value(reference)} leaves this schema and is never fetched; "
            "use $defs and refer to #/$defs/<name>",
            "ref-remote",
        )
    try:
        target = resolve_reference(root, reference)
    except LookupError:
        return f"{shorten_value(reference)} points at nothing in this schema", "ref-missing"
    if not isinstance(target, dict | bool):
        return f"{shorten_value(reference)} points at something that is no schema", "ref-missing"
    return None


def _bomb(schema: Json) -> list[Fault]:
    try:
        refuse_bomb(schema)
    except SchemaTooLarge as error:
        return [Fault("", str(error), "ref-bomb")]
    except LookupError as error:
        return [Fault("", f"{shorten_value(str(error))} points at nothing in this schema", "ref-missing")]
    return []


def _compiles(schema: Json) -> Exception | None:
    try:
        compile_checked(schema)
    except (ValueError, RecursionError) as error:
        return error
    return None


def _explained(schema: Json, faults: list[Fault]) -> tuple[Fault, ...]:
    """Slow: why the engine refused the schema, each place once."""
    found = {(fault.pointer, fault.code): fault for fault in (*faults, *map(_plainly, _breaches(schema)))}
    for path, node in walk_subschemas(schema):
        for place, pattern in _patterns(path, node):
            refused = (make_pointer(place), "pattern") not in found and _compiles({"pattern": pattern}) is not None
            if refused:
                message = f"{shorten_value(pattern)} is no linear-time regular expression ({_NOT_LINEAR})"
                found[make_pointer(place), "pattern"] = Fault(make_pointer(place), shorten_message(message), "pattern")
            if refused or split_look_ahead(pattern) is not None:  # the meta-schema knows linear ones only
                found.pop((make_pointer(place), "format"), None)
                found.pop((make_pointer(place[:-1]), "propertyNames"), None)
    if not found:
        error = _compiles(schema)
        message = str(error).partition("\n")[0]
        found["", "schema"] = Fault("", shorten_message(message), "schema")
    return tuple(sorted(found.values(), key=lambda fault: fault.pointer))


def _plainly(fault: Fault) -> Fault:
    """The meta-schema says ``type`` with alternatives; people want to hear what types there are."""
    if fault.code == "anyOf" and fault.pointer.endswith("/type"):
        message = "Is no type; types are array, boolean, integer, null, number, object, string, or a list of them"
        return Fault(fault.pointer, message, "type")
    return fault


def _patterns(path: Path, node: dict[str, Json]) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    if isinstance(node.get("pattern"), str):
        found.append(((*path, "pattern"), node["pattern"]))
    if isinstance(node.get("patternProperties"), dict):
        found.extend(((*path, "patternProperties", name), name) for name in node["patternProperties"])
    return found


def _is_too_deep(schema: Json) -> bool:
    try:
        return count_depth(measure_value(schema)) > MAX_SCHEMA_DEPTH
    except TypeError:
        return False  # a name that is no text: the engine says so


def _breaches(schema: Json) -> list[Fault]:
    """How it breaks the meta-schema, which asks little of each place and whose errors hold no more than the schema."""
    try:
        return [word_fault(error, schema) for error in itertools.islice(_meta().iter_errors(schema), MAX_FAULTS)]
    except (ValueError, RecursionError) as error:
        return [Fault("", f"Cannot be checked: {str(error)[:150]}", "json")]


@functools.cache
def _meta() -> jsonschema_rs.Validator:
    return compile_for_engine({"$ref": DIALECT})
