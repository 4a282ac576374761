"""OpenAI Chat Completions: ``tool_calls`` are answered with one ``{"role": "tool", "tool_call_id", "content"}`` each.

Such a message takes text alone. Pictures and documents follow in one user message, after the messages of all calls, as
the API wants those directly after the model's own.

Source: openai-python, types/chat/chat_completion_message_function_tool_call.py, chat_completion_tool_message_param.py,
chat_completion_content_part_image_param.py and chat_completion_content_part_param.py (``file``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.content import find_media_type
from registry.model import Json

from .calling_format import AnsweredCall, WantedCall
from .shown_blocks import make_data_url, show_blocks, show_texts


@dataclass(frozen=True, slots=True)
class _OpenAI:
    name: str = "openai"
    id_at: str = "id"

    def recognises(self, call: Json) -> bool:
        return bool(call.get("type") == "function" and "functionCall" not in call)

    def read_call(self, call: Json) -> WantedCall:
        return WantedCall(call["id"], call["function"]["name"], call["function"]["arguments"])

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        messages: list[Json] = []
        following: list[Json] = []
        for one in answered:
            said = one.text
            if one.blocks:
                shown = show_blocks(one.value, one.blocks, _native)
                parts = [part for part in shown if not isinstance(part, str)]
                following += _introduce(one, parts) if parts else []
                said = "\n\n".join([one for one in (show_texts(shown), _FOLLOWS if parts else "") if one])
            messages.append({"role": "tool", "tool_call_id": one.wanted.id, "content": said})
        return [*messages, {"role": "user", "content": following}] if following else messages


CALLING = _OpenAI()
_FOLLOWS = "[Pictures and documents of this result are in the user message that follows.]"


def _introduce(one: AnsweredCall, parts: list[Json]) -> list[Json]:
    said = f"Result of the tool {one.wanted.name} (call {one.wanted.id}):"
    return [{"type": "text", "text": said}, *parts]


def _native(block: Json) -> Json:
    kind = find_media_type(block)
    if kind == "picture":
        return {"type": "image_url", "image_url": {"url": make_data_url(block)}}
    if kind == "pdf":
        name = block.get("name") or "document.pdf"
        return {"type": "file", "file": {"filename": name, "file_data": make_data_url(block)}}
    return None
