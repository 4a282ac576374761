"""Gemini: parts with a ``functionCall`` are answered with one content that has a ``functionResponse`` for each.

Source: python-genai, google/genai/types.py, FunctionCall, FunctionResponse (``output`` or ``error``; pictures and
documents in its ``parts``) and FunctionResponseBlob.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.content import bare_type, find_media_type, has_content
from registry.model import Json

from .calling_format import AnsweredCall, WantedCall
from .shown_blocks import show_blocks, show_texts


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
_TAKEN = {"image/png", "image/jpeg", "image/webp", "application/pdf"}
_BESIDE = "see the parts beside this"


def _response(one: AnsweredCall) -> dict[str, Json]:
    named: dict[str, Json] = {} if one.wanted.id is None else {"id": one.wanted.id}
    named["name"] = one.wanted.name
    if not one.blocks:
        return {**named, "response": {"error" if one.failed else "output": one.value}}
    shown = show_blocks(one.value, one.blocks, _native)
    parts = [part for part in shown if not isinstance(part, str)]
    # A result stays what it is; only what is said beside it makes it text.
    alone = not has_content(one.value) and sum(isinstance(part, str) for part in shown) == 1
    said = one.value if alone and one.value is not None else show_texts(shown) or _BESIDE
    return {**named, "response": {"output": said}, **({"parts": parts} if parts else {})}


def _native(block: Json) -> Json:
    if find_media_type(block) in {"picture", "pdf"} and bare_type(block) in _TAKEN:
        return {"inlineData": {"mimeType": bare_type(block), "data": block["base64"]}}
    return None
