"""Texts, pictures and files of a result as the protocol's content. Every revision has these forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from mcp_types import BlobResourceContents, EmbeddedResource, ImageContent, TextContent, TextResourceContents

from registry.content import bare_type, find_media_type, read_block_text
from registry.model import Json


def make_mcp_blocks(execution_id: str, blocks: Sequence[Json]) -> list[Any]:
    """A content block for each; a file is a resource, whose address says where it is from and leads nowhere."""
    return [_make_block(f"toolcrib://executions/{execution_id}/{at}", one) for at, one in enumerate(blocks)]


def _make_block(address: str, block: Json) -> Any:
    if block["type"] == "text":
        return TextContent(type="text", text=block["text"])
    if find_media_type(block) == "picture":
        return ImageContent(type="image", data=block["base64"], mime_type=bare_type(block))
    uri = f"{address}/{quote(block.get('name') or block['type'], safe='')}"
    text = read_block_text(block)
    if text is not None:
        contents: Any = TextResourceContents(uri=uri, mime_type=block["mime"], text=text)
    else:
        contents = BlobResourceContents(uri=uri, mime_type=block["mime"], blob=block["base64"])
    return EmbeddedResource(type="resource", resource=contents)
