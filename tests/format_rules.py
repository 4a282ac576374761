"""The providers' documented rules, said once more as data: a second opinion on every definition."""

from __future__ import annotations

import copy
import re
from typing import Any

from registry.formats.strict.strict_form import TOLD
from registry.jsonschemas import walk_subschemas
from registry.model import Tool

Json = Any
NAMES = {
    "openai": r"[a-zA-Z0-9_-]{1,64}",
    "openai-responses": r"[a-zA-Z0-9_-]{1,64}",
    "anthropic": r"[a-zA-Z0-9_-]{1,64}",
    "gemini": r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}",
    "mcp": r"[A-Za-z0-9_.-]{1,128}",
}
PROPERTY_NAMES = {"gemini": r"[A-Za-z_][A-Za-z0-9_]{0,63}"}
ROOT_REFUSED = {
    "openai": {"anyOf", "oneOf", "allOf", "enum", "const", "not", "$ref"},
    "anthropic": {"anyOf", "oneOf", "allOf", "$ref"},
    "gemini": {"$ref", "$schema"},
    "mcp": {"$schema"},
}
STRICT_KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "title"}
STRICT_KEYWORDS |= {"description", "format", "minItems"}
OPENAI_STRICT = STRICT_KEYWORDS | {"pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
OPENAI_STRICT |= {"multipleOf", "maxItems"}
FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}


def broken_rules(name: str, definition: Json, *, strict: bool) -> list[str]:
    """What a provider would refuse a definition for."""
    function = definition["function"] if name == "openai" else definition
    keys = {"anthropic": "input_schema", "gemini": "parametersJsonSchema", "mcp": "inputSchema"}
    schema = function[keys.get(name, "parameters")]
    provider = name.removesuffix("-responses")
    found = [] if re.fullmatch(NAMES[name], function["name"]) else ["name"]
    found += ["description"] if not 1 <= len(function["description"]) <= 1024 else []
    found += [f"{key} at the root" for key in ROOT_REFUSED[provider] & schema.keys()]
    named = PROPERTY_NAMES.get(name, r"[a-zA-Z0-9_.-]{1,64}")
    found += [f"property {key}" for key in schema["properties"] if not re.fullmatch(named, key)]
    if provider in {"openai", "gemini"}:
        found += [
            f"{path} has no items"
            for path, node in walk_subschemas(schema)
            if _is(node, "array") and "items" not in node
        ]
    if name != "mcp":
        found += [f"{path} refers" for path, node in walk_subschemas(schema) if "$ref" in node]
    if strict:
        found += _strict(provider, schema)
    return found


def _is(node: Json, kind: str) -> bool:
    return kind == node.get("type") or (isinstance(node.get("type"), list) and kind in node["type"])


def _strict(provider: str, schema: Json) -> list[str]:
    found = []
    openai = provider == "openai"
    for path, node in walk_subschemas(schema):
        extra = node.keys() - (OPENAI_STRICT if openai else STRICT_KEYWORDS)
        found += [f"{key} at {path}" for key in extra]
        if "type" not in node and "anyOf" not in node:
            found.append(f"{path} has no type")
        if not openai and not isinstance(node.get("type", ""), str):
            found.append(f"{path} has a list of types")
        if _is(node, "object"):
            found += [] if node.get("additionalProperties") is False else [f"{path} is open"]
            if openai and sorted(node["required"]) != sorted(node["properties"]):
                found.append(f"{path} has optional properties")
        if "format" in node and node["format"] not in FORMATS | (set() if openai else {"uri"}):
            found.append(f"{path} has format {node['format']}")
        if not openai and node.get("minItems", 0) > 1:
            found.append(f"{path} has minItems {node['minItems']}")
    return found


def author_without_told(tool: Tool, reasons: tuple[Any, ...]) -> Json:
    """The author's schema without the keywords that the reasons say are only in a description."""
    schema = copy.deepcopy({"parameters": dict(tool.manifest.parameters)})
    for reason in sorted(reasons, key=lambda reason: -reason.pointer.count("/")):
        if TOLD not in reason.message:
            continue
        steps = [step.replace("~1", "/").replace("~0", "~") for step in reason.pointer.split("/")[1:]]
        holder: Json = schema
        for step in steps[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        value = holder.pop(steps[-1], None)
        if steps[-1] == "oneOf" and value is not None:
            holder["anyOf"] = value
    return schema["parameters"]
