"""OpenAI Responses: a ``function_call`` is answered with ``{"type": "function_call_output", "call_id", "output"}``.

Source: openai-python, types/responses/response_function_tool_call.py, response_input_item_param.py and
response_function_call_output_item_param.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.content import find_media_type
from registry.model import Json

from .calling_format import AnsweredCall, WantedCall
from .shown_blocks import make_data_url, show_answer


@dataclass(frozen=True, slots=True)
class _OpenAIResponses:
    name: str = "openai-responses"
    id_at: str = "call_id"

    def recognises(self, call: Json) -> bool:
        return bool(call.get("type") == "function_call" and "functionCall" not in call)

    def read_call(self, call: Json) -> WantedCall:
        return WantedCall(call["call_id"], call["name"], call["arguments"])

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        return [
            {
                "type": "function_call_output",
                "call_id": one.wanted.id,
                "output": show_answer(one, "input_text", _native),
            }
            for one in answered
        ]


CALLING = _OpenAIResponses()


def _native(block: Json) -> Json:
    kind = find_media_type(block)
    if kind == "picture":
        return {"type": "input_image", "detail": "auto", "image_url": make_data_url(block)}
    if kind == "pdf":
        name = block.get("name") or "document.pdf"
        return {"type": "input_file", "filename": name, "file_data": make_data_url(block)}
    return None
