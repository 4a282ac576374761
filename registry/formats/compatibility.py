"""The compatibility of tools with every format, as JSON for the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from registry.formats.strict import Compiled
from registry.model import Json, Tool

from .known_formats import FORMATS, compile_tool


def judge_compatibility(tool: Tool) -> dict[str, Json]:
    """By the name of a format: ``{verdict, reasons, strict}``; ``strict`` is null if the provider has no strict form.

    The strict form's verdict is ``excluded`` if the tool can only be sent without it.
    """
    return {name: _in_format(tool, name) for name in FORMATS}


def report_compatibility(tools: Iterable[Tool]) -> dict[str, Json]:
    """The compatibility of many tools: the number of tools by verdict in each format, and each tool's own."""
    found = {tool.name: judge_compatibility(tool) for tool in tools}
    formats: dict[str, Json] = {}
    for name, offered in FORMATS.items():
        counts = _counted(one[name]["verdict"] for one in found.values())
        strict = _counted(one[name]["strict"]["verdict"] for one in found.values()) if offered.has_strict else None
        formats[name] = counts | {"strict": strict}
    return {"formats": formats, "tools": [{"name": name, "compatibility": one} for name, one in found.items()]}


def _in_format(tool: Tool, name: str) -> dict[str, Json]:
    compiled = compile_tool(tool, name)
    strict = None
    if FORMATS[name].has_strict:
        asked = compile_tool(tool, name, strict=True)
        strict = {"verdict": asked.verdict if asked.strict else "excluded", "reasons": _reasons(asked)}
    return {"verdict": compiled.verdict, "reasons": _reasons(compiled), "strict": strict}


def _reasons(compiled: Compiled) -> list[Json]:
    return [{"pointer": reason.pointer, "message": reason.message} for reason in compiled.reasons]


def _counted(verdicts: Iterable[str]) -> dict[str, Json]:
    counts = Counter(verdicts)
    return {verdict: counts[verdict] for verdict in ("ok", "changed", "excluded")}
