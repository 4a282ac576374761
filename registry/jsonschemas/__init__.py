"""The only door to JSON Schema (2020-12): check a schema, compile it, explain faults, fill defaults, drop nulls, inline
references.

The engine is jsonschema-rs with its linear-time regular expressions, so no pattern can hang a thread. References stay
inside the schema: nothing is ever fetched, and no file is opened.
"""

from __future__ import annotations

from registry.jsonschemas.check import check_schema, compile
from registry.jsonschemas.defaults import with_defaults
from registry.jsonschemas.engine import MAX_FAULTS, Parts, Validator, compile_checked
from registry.jsonschemas.nulls import without_nulls
from registry.jsonschemas.references import (
    ANNOTATIONS,
    RecursiveSchema,
    SchemaTooLarge,
    has_references,
    inline_refs,
    is_recursive,
    reference_path,
    resolve,
)
from registry.jsonschemas.walk import LISTS, MAPS, SINGLES, Path, subschemas
from registry.jsonschemas.wording import nearest, pointer, shown

__all__ = [
    "ANNOTATIONS",
    "LISTS",
    "MAPS",
    "MAX_FAULTS",
    "SINGLES",
    "Parts",
    "Path",
    "RecursiveSchema",
    "SchemaTooLarge",
    "Validator",
    "check_schema",
    "compile",
    "compile_checked",
    "has_references",
    "inline_refs",
    "is_recursive",
    "nearest",
    "pointer",
    "reference_path",
    "resolve",
    "shown",
    "subschemas",
    "with_defaults",
    "without_nulls",
]
