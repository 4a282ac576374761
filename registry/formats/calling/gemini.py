"""Gemini: parts with a ``functionCall`` are answered with one content that has a ``functionResponse`` for each.

Source: python-genai, google/genai/types.py, FunctionCall and FunctionResponse (``output`` or ``error``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model import Json

from .calling_format import AnsweredCall, WantedCall


@dataclass(frozen=True, slots=True)
class _Gemini:
    name: str = "gemini"
    id_at: str = "functionCall/id"

    def recognises(self, call: Json) -> bool:
        return "functionCall" in call

    def read_call(self, call: Json) -> WantedCall:
        called = call["functionCall"]
        return WantedCall(called.get("id") or None, called["name"], called.get("args") or {})

    def messages(self, answered: Sequence[AnsweredCall]) -> list[Json]:
        return [{"role": "user", "parts": [{"functionResponse": _response(one)} for one in answered]}]


CALLING = _Gemini()


def _response(one: AnsweredCall) -> dict[str, Json]:
    named: dict[str, Json] = {} if one.wanted.id is None else {"id": one.wanted.id}
    return {**named, "name": one.wanted.name, "response": {"error" if one.failed else "output": one.value}}
