"""The only door to JSON Schema (2020-12): check a schema, compile it, explain faults, fill defaults, drop nulls, inline
references.

The engine is jsonschema-rs with its linear-time regular expressions, so no pattern can hang a thread. References stay
inside the schema: nothing is ever fetched, and no file is opened.
"""

from __future__ import annotations

from .default_values import fill_defaults
from .fault_wording import find_nearest, make_pointer, shorten_value
from .local_references import (
    ANNOTATIONS,
    RecursiveSchema,
    SchemaTooLarge,
    has_references,
    inline_refs,
    is_recursive,
    resolve_reference,
    split_reference,
)
from .optional_nulls import drop_absent_nulls
from .schema_check import check_schema, compile_schema
from .subschemas import LISTS, MAPS, SINGLES, Path, walk_subschemas
from .validation_engine import MAX_FAULTS, Parts, Validator, compile_checked

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
    "compile_checked",
    "compile_schema",
    "drop_absent_nulls",
    "fill_defaults",
    "find_nearest",
    "has_references",
    "inline_refs",
    "is_recursive",
    "make_pointer",
    "resolve_reference",
    "shorten_value",
    "split_reference",
    "walk_subschemas",
]
