"""The only YAML reader: strict, with the position of every value; one for what others wrote; the writer of scalars."""

from __future__ import annotations

from .foreign_reader import read_foreign_yaml
from .scalar_text import (
    is_plain,
    is_single,
    quote_double,
    quote_single,
    wrap_text,
    write_folded_block,
    write_literal_block,
    write_scalar,
    write_string,
)
from .strict_reader import MAX_BYTES, YamlDocument, read_yaml
from .text_positions import clamp_position, find_line_and_column
from .value_spans import BREAK, LINE_BREAK, SpanEntry, SpanNode, read_spans

__all__ = [
    "BREAK",
    "LINE_BREAK",
    "MAX_BYTES",
    "SpanEntry",
    "SpanNode",
    "YamlDocument",
    "clamp_position",
    "find_line_and_column",
    "is_plain",
    "is_single",
    "quote_double",
    "quote_single",
    "read_foreign_yaml",
    "read_spans",
    "read_yaml",
    "wrap_text",
    "write_folded_block",
    "write_literal_block",
    "write_scalar",
    "write_string",
]
