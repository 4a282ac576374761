"""OpenAI Chat Completions: ``{"type": "function", "function": {"name", "description", "parameters", "strict"}}``.

Source: openai/openai-openapi, openapi.yaml, ChatCompletionTool and FunctionObject.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..jsonschemas import RecursiveSchema, SchemaTooLarge, inline_refs
from ..model import Json, Tool
from .compiled import Compiled, Reason

# Words about the schema document itself: they mean nothing to a model once references are inlined.
_DOCUMENT_KEYWORDS = ("$schema", "$id", "$defs", "definitions", "$comment", "$anchor", "$vocabulary")


@dataclass(frozen=True, slots=True)
class _OpenAI:
    name: str = "openai"

    def compile(self, tool: Tool) -> Compiled:
        try:
            parameters = inline_refs(tool.manifest.parameters)
        except (RecursiveSchema, SchemaTooLarge) as refused:
            return Compiled(None, (Reason("", str(refused)),))
        reasons: tuple[Reason, ...] = ()
        if parameters != tool.manifest.parameters:
            reasons = (Reason("", "references are written out in place"),)
        function: dict[str, Json] = {
            "name": tool.name,
            "description": tool.manifest.description,
            "parameters": _emitted(parameters),
            "strict": False,
        }
        return Compiled({"type": "function", "function": function}, reasons)

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"tools":[' + b",".join(definitions) + b"]}"


FORMAT = _OpenAI()


def _emitted(parameters: Json) -> Json:
    """The root object with ``type``, ``properties`` and ``required`` always there: clients rely on all three."""
    kept = {key: value for key, value in parameters.items() if key not in _DOCUMENT_KEYWORDS}
    rest = {key: value for key, value in kept.items() if key not in {"type", "properties", "required"}}
    return {
        "type": "object",
        "properties": kept.get("properties", {}),
        "required": kept.get("required", []),
        **rest,
    }
