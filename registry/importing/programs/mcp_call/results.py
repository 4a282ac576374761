"""What an MCP server answers to a call, as a tool's result."""

from __future__ import annotations

import base64
import json
from typing import Any

from http_exchange import CallFailed, make_file_block

_MOST_SHOWN = 4000
_MOST_BLOCKS = 64


def read_result(result: dict[str, Any]) -> Any:
    """An object that the server gave as such, text (as a value where it is JSON), or content blocks.

    Raises CallFailed for a failed call, with what the tool said, and for one that wants to ask something first.
    """
    content = result.get("content")
    blocks = [_block(one) for one in content if isinstance(one, dict)] if isinstance(content, list) else []
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    if result.get("isError"):
        raise CallFailed("\n".join(texts)[:_MOST_SHOWN] or "The tool failed and said nothing.")
    if result.get("resultType") not in (None, "complete"):
        raise CallFailed(
            f"The server wants more than a call ({str(result['resultType'])[:60]}), which a tool cannot give."
        )
    structured = result.get("structuredContent")
    only_text = len(texts) == len(blocks)
    if isinstance(structured, dict) and only_text:
        return _plain(structured)
    if only_text and len(texts) <= 1:
        return _value(texts[0]) if texts else None
    if len(blocks) > _MOST_BLOCKS:
        more = len(blocks) - _MOST_BLOCKS + 1
        blocks = [*blocks[: _MOST_BLOCKS - 1], {"type": "text", "text": f"{more} more blocks were left out."}]
    return {"$content": blocks}


def _block(block: dict[str, Any]) -> dict[str, Any]:
    """One block in our own form; what has none is told as text."""
    kind = block.get("type")
    if kind == "text":
        return {"type": "text", "text": str(block.get("text"))}
    if kind in ("image", "audio"):
        return _file(block, block.get("data"), block.get("mimeType"), str(kind))
    resource = block.get("resource") if kind == "resource" else None
    if isinstance(resource, dict):
        return _resource(resource)
    return _told(block)


def _resource(resource: dict[str, Any]) -> dict[str, Any]:
    if "blob" in resource:
        return _file(resource, resource["blob"], resource.get("mimeType"), str(resource.get("uri") or "resource"))
    return {"type": "text", "text": str(resource.get("text"))}


def _file(whole: dict[str, Any], data: Any, mime: Any, address: str) -> dict[str, Any]:
    """The bytes, however their base64 is written; what is none is told as text."""
    try:
        content = base64.b64decode(data)
    except (ValueError, TypeError):
        return _told(whole)
    made: dict[str, Any] = make_file_block(content, str(mime), address)
    return made


def _told(block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": json.dumps(block, ensure_ascii=False)}


def _value(text: str) -> Any:
    """Earlier servers give objects and lists as JSON text."""
    if text[:1] in ("{", "["):
        try:
            return _plain(json.loads(text, parse_constant=str))
        except (ValueError, RecursionError):
            pass
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"$content"}:
        return {"body": value}  # the server's own word, not ours
    return value
