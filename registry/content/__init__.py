"""Texts, pictures and files in results: what tools return as ``$content``, and what they leave as files."""

from .attached_files import make_attached_blocks
from .content_blocks import (
    CONTENT,
    MediaType,
    bare_type,
    describe_block,
    find_media_type,
    has_content,
    list_blocks,
    read_block_text,
    strip_bytes,
)
from .content_check import check_content
from .kept_blocks import keep_blocks

__all__ = [
    "CONTENT",
    "MediaType",
    "bare_type",
    "check_content",
    "describe_block",
    "find_media_type",
    "has_content",
    "keep_blocks",
    "list_blocks",
    "make_attached_blocks",
    "read_block_text",
    "strip_bytes",
]
