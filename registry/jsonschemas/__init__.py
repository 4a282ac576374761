"""The only door to JSON Schema (2020-12): check a schema, compile it, explain faults, fill defaults, drop nulls, inline
references.

The engine is jsonschema-rs with its linear-time regular expressions, so no pattern can hang a thread. References stay
inside the schema: nothing is ever fetched, and no file is opened.
"""

from __future__ import annotations

from .changed_places import list_changed_places
from .default_values import fill_defaults
from .fault_wording import find_nearest, make_pointer, shorten_value
from .integer_writing import IntegerWriter
from .keyword_work import estimate_match, estimate_pattern_reading
from .leading_schemas import find_leading
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
from .look_ahead import looks_around
from .lossless_text import may_hold_json, read_lossless
from .optional_nulls import drop_absent_nulls, holds_null
from .schema_check import check_schema, compile_schema
from .subschemas import LISTS, MAPS, SINGLES, Path, list_children, walk_subschemas
from .text_reading import read_texts
from .validation_engine import MAX_FAULTS, NOT_CHECKED, TOO_COSTLY, Parts, Validator, compile_checked
from .work_budget import ALLOWED_WORK, COSTLY_VALUE, WorkBudget, WorkExceeded, share_work

__all__ = [
    "ALLOWED_WORK",
    "ANNOTATIONS",
    "COSTLY_VALUE",
    "LISTS",
    "MAPS",
    "MAX_FAULTS",
    "NOT_CHECKED",
    "SINGLES",
    "TOO_COSTLY",
    "IntegerWriter",
    "Parts",
    "Path",
    "RecursiveSchema",
    "SchemaTooLarge",
    "Validator",
    "WorkBudget",
    "WorkExceeded",
    "check_schema",
    "compile_checked",
    "compile_schema",
    "drop_absent_nulls",
    "estimate_match",
    "estimate_pattern_reading",
    "fill_defaults",
    "find_leading",
    "find_nearest",
    "has_references",
    "holds_null",
    "inline_refs",
    "is_recursive",
    "list_changed_places",
    "list_children",
    "looks_around",
    "make_pointer",
    "may_hold_json",
    "read_lossless",
    "read_texts",
    "resolve_reference",
    "share_work",
    "shorten_value",
    "split_reference",
    "walk_subschemas",
]
