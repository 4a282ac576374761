"""Writing tool.yaml: the canonical form, and a patch that changes only the lines that must change."""

from __future__ import annotations

from .amendment import amend_text, rename_in_text
from .canonical_form import tidy_text
from .canonical_writer import write_canonical

__all__ = [
    "amend_text",
    "rename_in_text",
    "tidy_text",
    "write_canonical",
]
