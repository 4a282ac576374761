"""Model Context Protocol: ``{"name", "title", "description", "inputSchema", "outputSchema"?, "annotations"}``.

Source: the specification, revisions 2025-11-25 and 2026-07-28, Tool. Schemas are JSON Schema 2020-12, so a recursive
schema is sent unchanged; ``outputSchema`` has the type object, which the older revisions require.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.formats.strict import Compiled, Reason, add_root_keys, close_empty_object, inline_schema, make_sent
from registry.jsonschemas import RecursiveSchema, SchemaTooLarge, inline_refs
from registry.model import Json, Tool

from .openai import takes_any_name, takes_named_only

_HINTS = {
    "read_only": "readOnlyHint",
    "destructive": "destructiveHint",
    "idempotent": "idempotentHint",
    "open_world": "openWorldHint",
}


@dataclass(frozen=True, slots=True)
class _MCP:
    name: str = "mcp"
    has_strict: bool = False
    tool_search: Json = None

    def compile(self, tool: Tool, *, strict: bool) -> Compiled:
        manifest = tool.manifest
        schema, reasons = _schema(manifest.parameters, "/parameters")
        if close_empty_object(schema, takes_named_only=takes_named_only(tool)):
            schema = schema | {"additionalProperties": False}
            reasons.append(Reason("/parameters", "no argument is named, so none may be given"))
        definition: dict[str, Json] = {
            "name": tool.name,
            "title": manifest.title,
            "description": manifest.description,
            "inputSchema": add_root_keys(schema, opened=takes_any_name(tool)),
        }
        if manifest.returns is not None and manifest.returns.get("type") == "object":
            definition["outputSchema"], changed = _schema(manifest.returns, "/returns")
            reasons += changed
        elif manifest.returns is not None:
            reasons.append(Reason("/returns", "returns is left out: it is not of type object"))
        hints = {word: manifest.annotations[name] for name, word in _HINTS.items() if name in manifest.annotations}
        definition["annotations"] = {"title": manifest.title, **hints}
        return make_sent(definition, reasons)

    def envelope(self, definitions: Sequence[bytes]) -> bytes:
        return b'{"tools":[' + b",".join(definitions) + b"]}"


FORMAT = _MCP()


def _schema(source: Json, base: str) -> tuple[dict[str, Json], list[Reason]]:
    try:
        inline_refs(source)
    except (RecursiveSchema, SchemaTooLarge):
        return {key: value for key, value in source.items() if key != "$schema"}, []
    ready = inline_schema(source, base)
    return ready.schema, list(ready.reasons)
