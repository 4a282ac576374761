"""OpenAI Responses: a ``function_call`` is answered with ``{"type": "function_call_output", "call_id", "output"}``.

Source: openai-python, types/responses/response_function_tool_call.py and response_input_item_param.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model import Json

from .calling_format import AnsweredCall, WantedCall


@dataclass(frozen=True, slots=True)
class _OpenAIResponses:
    name: str = "openai-responses"
    id_at: str = "call_id"

    def recognises(self, call: Json) -> bool:
        return bool(call.get("type") == "function_call" and "functionCall" not in call)

    def read_call(self, call: Json) -> WantedCall:
        return WantedCall(call["call_id"], call["name"], call["arguments"])

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        return [{"type": "function_call_output", "call_id": one.wanted.id, "output": one.text} for one in answered]


CALLING = _OpenAIResponses()
