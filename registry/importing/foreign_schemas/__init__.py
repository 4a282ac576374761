"""Schemas, names and words that others wrote, as a tool has them: no references, legal names, one line."""

from __future__ import annotations

from .argument_names import ArgumentNames, make_label, make_secret_name, make_tool_name
from .document_words import cut_text
from .fitting_detail import convert_fitting, repair_parameters
from .schema_conversion import Detail, SchemaConverter, SchemaNotes, SchemaTooDetailed

__all__ = [
    "ArgumentNames",
    "Detail",
    "SchemaConverter",
    "SchemaNotes",
    "SchemaTooDetailed",
    "convert_fitting",
    "cut_text",
    "make_label",
    "make_secret_name",
    "make_tool_name",
    "repair_parameters",
]
