"""Anthropic Messages: ``tool_use`` blocks are answered with one user message that has a ``tool_result`` for each.

Source: anthropic-sdk-python, types/tool_use_block.py and tool_result_block_param.py. The API refuses results that are
spread over several messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model import Json

from .calling_format import AnsweredCall, WantedCall


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
            {"type": "tool_result", "tool_use_id": one.wanted.id, "content": one.text, "is_error": one.failed}
            for one in answered
        ]
        return [{"role": "user", "content": results}]


CALLING = _Anthropic()
