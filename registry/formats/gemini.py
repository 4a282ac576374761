"""Gemini: ``{"functionDeclarations": [{"name", "description", "parametersJsonSchema", "responseJsonSchema"?}]}``.

Source: python-genai, google/genai/types.py, FunctionDeclaration. Its alternative, ``parameters`` (a subset of OpenAPI),
must not be sent together with ``parametersJsonSchema``. The envelope is one element of ``tools``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.formats.strict import (
    CannotBeInlined,
    Compiled,
    add_items,
    add_root_keys,
    inline_schema,
    make_excluded,
    make_sent,
)
from registry.model import Json, Tool

from .openai import takes_any_name
from .result_schema import render_result_schema


@dataclass(frozen=True, slots=True)
class _Gemini:
    name: str = "gemini"
    has_strict: bool = False
    tool_search: Json = None

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        try:
            ready = inline_schema(tool.manifest.parameters, "/parameters")
        except CannotBeInlined as refused:
            return make_excluded([refused.reason])
        schema, added, refusals = add_items(ready)
        if refusals:
            return make_excluded(refusals)
        definition: dict[str, Json] = {
            "name": tool.name,
            "description": tool.manifest.description,
            "parametersJsonSchema": add_root_keys(schema, opened=takes_any_name(tool)),
        }
        result = render_result_schema(tool, objects_only=False)
        if result.schema is not None:
            definition["responseJsonSchema"] = result.schema
        return make_sent(definition, (*ready.reasons, *added, *result.reasons))

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"functionDeclarations":[' + b",".join(definitions) + b"]}"


FORMAT = _Gemini()
