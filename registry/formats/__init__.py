"""The models' formats: one pure module per target, listed in :data:`FORMATS`. No input or output happens here.

A target compiles each tool by itself. One that cannot be compiled is left out of that target's list, and its
compatibility says why: a provider refuses a whole list for one bad definition.
"""

from __future__ import annotations

from ..model import Tool
from . import openai
from .compiled import Compiled, Format, Reason, compatibility_json

FORMATS: dict[str, Format] = {openai.FORMAT.name: openai.FORMAT}

__all__ = ["FORMATS", "Compiled", "Format", "Reason", "compatibility_json", "compile_tool"]


def compile_tool(tool: Tool, format_name: str) -> Compiled:
    """One tool in one format. A tool that models are not told of is excluded with that as its reason."""
    if not tool.checked.sound:
        return Compiled(None, (Reason("", "the tool has findings of severity error"),))
    return FORMATS[format_name].compile(tool)
