"""The only door to JSON Schema (2020-12): check a schema, compile it, explain faults, fill defaults, inline references.

The engine is jsonschema-rs with its linear-time regular expressions, so no pattern can hang a thread. References stay
inside the schema: nothing is ever fetched, and no file is opened.
"""

from __future__ import annotations

from registry.jsonschemas.check import check_schema, compile
from registry.jsonschemas.defaults import with_defaults
from registry.jsonschemas.engine import MAX_FAULTS, Parts, Validator
from registry.jsonschemas.references import (
    RecursiveSchema,
    SchemaTooLarge,
    has_references,
    inline_refs,
    is_recursive,
    resolve,
)
from registry.jsonschemas.walk import subschemas
from registry.jsonschemas.wording import nearest, pointer, shown

__all__ = [
    "MAX_FAULTS",
    "Parts",
    "RecursiveSchema",
    "SchemaTooLarge",
    "Validator",
    "check_schema",
    "compile",
    "has_references",
    "inline_refs",
    "is_recursive",
    "nearest",
    "pointer",
    "resolve",
    "shown",
    "subschemas",
    "with_defaults",
]
