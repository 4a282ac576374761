"""The only door to JSON Schema (2020-12): check a schema, compile it, explain faults, fill defaults, drop nulls, inline
references.

The engine is jsonschema-rs with its linear-time regular expressions, so no pattern can hang a thread. References stay
inside the schema: nothing is ever fetched, and no file is opened.
"""

from __future__ import annotations

from .check import check_schema, compile
from .defaults import with_defaults
from .engine import MAX_FAULTS, Parts, Validator, compile_checked
from .nulls import without_nulls
from .references import (
    ANNOTATIONS,
    RecursiveSchema,
    SchemaTooLarge,
    has_references,
    inline_refs,
    is_recursive,
    reference_path,
    resolve,
)
from .walk import LISTS, MAPS, SINGLES, Path, subschemas
from .wording import nearest, pointer, shown

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
