"""Anthropic Messages: ``tool_use`` blocks are answered with one user message that has a ``tool_result`` for each.

Source: anthropic-sdk-python, types/tool_use_block.py, tool_result_block_param.py, image_block_param.py and
document_block_param.py. The API refuses results that are spread over several messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.content import bare_type, find_media_type, read_block_text
from registry.model import Json

from .calling_format import AnsweredCall, WantedCall
from .shown_blocks import show_answer


@dataclass(frozen=True, slots=True)
class _Anthropic:
    name: str = "anthropic"
    id_at: str = "id"

    def recognises(self, call: Json) -> bool:
        return bool(call.get("type") == "tool_use" and "functionCall" not in call)

    def read_call(self, call: Json) -> WantedCall:
        return WantedCall(call["id"], call["name"], call["input"])

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        results = [
            {
                "type": "tool_result",
                "tool_use_id": one.wanted.id,
                "content": show_answer(one, "text", _native),
                "is_error": one.failed,
            }
            for one in answered
        ]
        return [{"role": "user", "content": results}]


CALLING = _Anthropic()


def _native(block: Json) -> Json:
    kind = find_media_type(block)
    if kind == "picture":
        source = {"type": "base64", "media_type": bare_type(block), "data": block["base64"]}
        return {"type": "image", "source": source}
    title = {"title": block["name"]} if block.get("name") else {}
    if kind == "pdf":
        source = {"type": "base64", "media_type": "application/pdf", "data": block["base64"]}
        return {"type": "document", "source": source, **title}
    text = read_block_text(block)
    if text is None or not text.strip():
        return None
    return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}, **title}
