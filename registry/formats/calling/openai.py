"""OpenAI Chat Completions: ``tool_calls`` are answered with one ``{"role": "tool", "tool_call_id", "content"}`` each.

Source: openai-python, types/chat/chat_completion_message_function_tool_call.py and
chat_completion_tool_message_param.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model import Json

from .calling_format import AnsweredCall, WantedCall


@dataclass(frozen=True, slots=True)
class _OpenAI:
    name: str = "openai"
    id_at: str = "id"

    def recognises(self, call: Json) -> bool:
        return bool(call.get("type") == "function" and "functionCall" not in call)

    def read_call(self, call: Json) -> WantedCall:
        return WantedCall(call["id"], call["function"]["name"], call["function"]["arguments"])

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        return [{"role": "tool", "tool_call_id": one.wanted.id, "content": one.text} for one in answered]


CALLING = _OpenAI()
