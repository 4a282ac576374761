"""OpenAI Responses: ``{"type": "function", "name", "description", "parameters", "strict", "output_schema"?}``.

Source: openai-python, types/responses/function_tool_param.py. ``strict`` is always sent: without it the API tries to
make the definition strict itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.formats.strict import Compiled, make_excluded, make_sent
from registry.model import Json, Tool

from .openai import make_function
from .result_schema import render_result_schema

_TOOL_SEARCH = {"type": "tool_search"}  # types/responses/tool_search_tool_param.py; the API's side searches


@dataclass(frozen=True, slots=True)
class _OpenAIResponses:
    name: str = "openai-responses"
    has_strict: bool = True

    @property
    def tool_search(self) -> Json:
        return _TOOL_SEARCH

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        made = make_function(tool, strict=strict)
        if made.refusals:
            return make_excluded(made.refusals)
        definition: dict[str, Json] = {"type": "function", **made.members(tool.name)}
        result = render_result_schema(tool, objects_only=True)
        if result.schema is not None:
            definition["output_schema"] = result.schema
        return make_sent(definition, (*made.reasons, *result.reasons), strict=made.strict)

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"tools":[' + b",".join(definitions) + b"]}"


FORMAT = _OpenAIResponses()
