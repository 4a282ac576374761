"""From an author's schema to what a provider's strict definition takes, with a reason for every change."""

from __future__ import annotations

from .compiled_tool import Compiled, Format, Reason, make_excluded, make_sent
from .inlined_schema import CannotBeInlined, InlinedSchema, add_items, add_root_keys, close_empty_object, inline_schema
from .keyword_text import extend_description
from .provider_rules import ANTHROPIC, OPENAI
from .strict_form import make_strict_form

__all__ = [
    "ANTHROPIC",
    "OPENAI",
    "CannotBeInlined",
    "Compiled",
    "Format",
    "InlinedSchema",
    "Reason",
    "add_items",
    "add_root_keys",
    "close_empty_object",
    "extend_description",
    "inline_schema",
    "make_excluded",
    "make_sent",
    "make_strict_form",
]
