"""OpenAI Responses: ``{"type": "function", "name", "description", "parameters", "strict", "output_schema"?}``.

Source: openai-python, types/responses/function_tool_param.py. ``strict`` is always there: left out, the API tries
strict by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model import Json, Tool

from .compiled import Compiled, excluded, sent
from .openai import function
from .returned import returned

_TOOL_SEARCH = {"type": "tool_search"}  # types/responses/tool_search_tool_param.py; the API's side searches


@dataclass(frozen=True, slots=True)
class _OpenAIResponses:
    name: str = "openai-responses"
    has_strict: bool = True

    @property
    def tool_search(self) -> Json:
        return _TOOL_SEARCH

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        made = function(tool, strict=strict)
        if made.refusals:
            return excluded(made.refusals)
        definition: dict[str, Json] = {"type": "function", **made.members(tool.name)}
        result = returned(tool, objects_only=True)
        if result.schema is not None:
            definition["output_schema"] = result.schema
        return sent(definition, (*made.reasons, *result.reasons), strict=made.strict)

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"tools":[' + b",".join(definitions) + b"]}"


FORMAT = _OpenAIResponses()
