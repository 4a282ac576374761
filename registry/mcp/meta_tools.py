"""Two tools that stand for all: one finds tools, the other calls what was found. Hundreds do not fit a context."""

from __future__ import annotations

from typing import Any

from mcp_types import Tool, ToolAnnotations

from registry.errors import InputRefused
from registry.jsonschemas import IntegerWriter, WorkBudget, compile_schema, fill_defaults, read_texts
from registry.model import Json

SEARCH = "search_tools"
CALL = "call_tool"

_SEARCH_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "query": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1000,
            "description": "What is to be done, in English, as one would say it.",
        },
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 50,
            "default": 5,
            "description": "At most so many tools.",
        },
    },
    "required": ["query"],
    "additionalProperties": False,
}
_CALL_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "The tool's name, as search_tools gave it."},
        "arguments": {
            "type": "object",
            "default": {},
            "description": "The tool's arguments, as its inputSchema says.",
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}
_FOUND: dict[str, Any] = {
    "type": "object",
    "properties": {
        "tools": {
            "type": "array",
            "items": {"type": "object"},
            "description": "Name, description and inputSchema of each, the best first.",
        }
    },
    "required": ["tools"],
}
_TOOLS = (
    Tool(
        name=CALL,
        title="Call a tool",
        description="Calls a tool that search_tools found, and gives its result. Search first: the arguments must be "
        "what the tool's inputSchema says.",
        input_schema=_CALL_PARAMETERS,
        annotations=ToolAnnotations(title="Call a tool", read_only_hint=False, open_world_hint=True),
    ),
    Tool(
        name=SEARCH,
        title="Search tools",
        description="Finds the tools that fit a task, the best first, each with its description and the schema of its "
        "arguments. Use it before call_tool, once for each different task.",
        input_schema=_SEARCH_PARAMETERS,
        output_schema=_FOUND,
        annotations=ToolAnnotations(
            title="Search tools", read_only_hint=True, idempotent_hint=True, open_world_hint=False
        ),
    ),
)
DEFINITIONS: dict[str, Json] = {
    tool.name: tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in _TOOLS
}
"""The definitions by name, in name order."""


def check_meta_arguments(name: str, arguments: Json) -> dict[str, Any]:
    """The arguments of one of the two, with defaults. Raises InputRefused with every fault."""
    parameters = _SEARCH_PARAMETERS if name == SEARCH else _CALL_PARAMETERS
    validator, completed = compile_schema(parameters), fill_defaults(parameters, arguments)
    faults = validator.faults(completed)
    if faults:
        completed = read_texts(completed, validator, WorkBudget())
        faults = validator.faults(completed)
    if faults:
        raise InputRefused(f"{name} cannot take these arguments", faults)
    written: dict[str, Any] = IntegerWriter(validator).write(completed, WorkBudget())[0]
    return written
