"""The formats by name, and a tool compiled for one of them."""

from __future__ import annotations

from registry.formats.strict import Compiled, Format, Reason
from registry.model import Tool

from . import anthropic, gemini, mcp, openai, openai_responses

FORMATS: dict[str, Format] = {
    one.name: one for one in (openai.FORMAT, openai_responses.FORMAT, anthropic.FORMAT, gemini.FORMAT, mcp.FORMAT)
}


def compile_tool(tool: Tool, format_name: str, *, strict: bool = False) -> Compiled:
    """One tool in one format; cached while its folder does not change.

    A tool that is not offered to models is excluded, with that as the reason.
    """
    if not tool.checked.sound:
        return Compiled(None, (Reason("", "the tool has findings of severity error"),))
    key = (format_name, strict)
    kept = tool.checked.definitions.get(key)
    if not isinstance(kept, Compiled):
        kept = tool.checked.definitions[key] = FORMATS[format_name].compile(tool, strict=strict)
    return kept
