"""What an MCP server answers to a call, as a tool's result."""

from __future__ import annotations

import json
from typing import Any

from http_exchange import CallFailed

_MOST_SHOWN = 4000


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
    return {"$content": blocks}


def _block(block: dict[str, Any]) -> dict[str, Any]:
    """One block in our own form; what has none is told as text."""
    kind = block.get("type")
    if kind == "text":
        return {"type": "text", "text": str(block.get("text"))}
    if kind in ("image", "audio"):
        made = {
            "type": "image" if kind == "image" else "file",
            "mime": block.get("mimeType"),
            "base64": block.get("data"),
        }
        return made if all(isinstance(value, str) for value in made.values()) else _told(block)
    resource = block.get("resource") if kind == "resource" else None
    if isinstance(resource, dict):
        return _resource(resource)
    return _told(block)


def _resource(resource: dict[str, Any]) -> dict[str, Any]:
    name = str(resource.get("uri") or "resource")[-200:]
    if isinstance(resource.get("blob"), str):
        mime = resource.get("mimeType") or "application/octet-stream"
        return {"type": "file", "mime": str(mime), "base64": resource["blob"], "name": name}
    return {"type": "text", "text": str(resource.get("text"))}


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
