"""The only door to JSON Schema (2020-12): check a schema, compile it, explain faults, fill defaults, inline references.

The engine is jsonschema-rs with its linear-time regular expressions, so no pattern can hang a thread. References stay
inside the schema: nothing is ever fetched, and no file is opened.
"""

from __future__ import annotations

from registry.jsonschemas.check import check_schema
from registry.jsonschemas.defaults import with_defaults
from registry.jsonschemas.engine import MAX_FAULTS, Validator, compile
from registry.jsonschemas.references import RecursiveSchema, SchemaTooLarge, inline_refs, is_recursive
from registry.jsonschemas.wording import pointer, shown

__all__ = [
    "MAX_FAULTS",
    "RecursiveSchema",
    "SchemaTooLarge",
    "Validator",
    "check_schema",
    "compile",
    "inline_refs",
    "is_recursive",
    "pointer",
    "shown",
    "with_defaults",
]
