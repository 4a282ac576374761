"""Gemini: ``{"functionDeclarations": [{"name", "description", "parametersJsonSchema", "responseJsonSchema"?}]}``.

Source: python-genai, google/genai/types.py, FunctionDeclaration. ``parameters`` (OpenAPI's subset) is the other way to
say it, and never both. An answer of ours is one element of ``tools``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.model import Json, Tool

from .compiled import Compiled, excluded, sent
from .prepared import CannotBePrepared, prepared, rooted, with_items
from .returned import returned


@dataclass(frozen=True, slots=True)
class _Gemini:
    name: str = "gemini"
    has_strict: bool = False
    tool_search: Json = None

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        try:
            ready = prepared(tool.manifest.parameters, "/parameters")
        except CannotBePrepared as refused:
            return excluded([refused.reason])
        schema, added, refusals = with_items(ready)
        if refusals:
            return excluded(refusals)
        definition: dict[str, Json] = {
            "name": tool.name,
            "description": tool.manifest.description,
            "parametersJsonSchema": rooted(schema),
        }
        result = returned(tool, objects_only=False)
        if result.schema is not None:
            definition["responseJsonSchema"] = result.schema
        return sent(definition, (*ready.reasons, *added, *result.reasons))

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"functionDeclarations":[' + b",".join(definitions) + b"]}"


FORMAT = _Gemini()
