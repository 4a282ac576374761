"""``/llms.txt``: what a language model should know when it finds this service, or an export of its tools.

Source of the format: llmstxt.org: a title, a summary as a quotation, then sections of links with a note on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from registry.model import Tool, Toolset

from .known_formats import FORMATS

_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_BEGINNING = """\
# Toolcrib

> A registry of tools for language models. Each tool is a small program with a JSON Schema of its arguments; calling one
> runs it in a throwaway container and returns its result as JSON.

Addresses are relative to this server. Find a tool below or by searching, and get its definition in your provider's
format: {formats}. What a model returned when it called
tools goes to `/api/v1/llm/calls` as it is, and comes back as the messages that answer it. Errors are JSON (RFC 9457)
and say what is wrong and where.
"""
_ROUTES = (
    ("Search", "/api/v1/llm/search?q=", "GET the definitions of the few tools that fit a task: `q`, `limit`, `format`"),
    ("List", "/api/v1/llm/tools", "GET all definitions: `format`, `strict`, `category`, `tags`, `toolset`, `limit`"),
    ("Call", "/api/v1/llm/calls", 'POST `{"calls": [...]}`, the calls that a model made'),
    ("Invoke", "/api/v1/llm/tools/{name}/invoke", 'POST `{"arguments": {...}}` to one tool'),
    ("API", "/openapi.json", "every route, OpenAPI 3.1"),
)
_EXPORT_BEGINNING = """\
# Toolcrib

> A catalogue of tools for language models, to be read. Each tool is a small program with a JSON Schema of its
> arguments. Nothing runs here: whoever wants to call a tool needs a service on the same repository.

Addresses are relative to this file. Beside each tool's `tool.json` is its definition in each provider's format that
can take it, `<format>.json`: {formats}.
"""
_EXPORT_FILES = (
    ("Tools", "tools.json", "every tool in short"),
    ("Definitions", "formats/openai.json", "all definitions in one format; strict ones are `<format>.strict.json`"),
    ("Compatibility", "compatibility.json", "what became of each tool in each format, and why"),
    ("API", "openapi.json", "the API of a service on these tools, OpenAPI 3.1"),
)


def write_llms_txt(tools: Iterable[Tool], toolsets: Iterable[Toolset]) -> str:
    """The whole text; ``tools`` are those that are offered to models."""
    beginning = _BEGINNING.format(formats=", ".join(FORMATS))
    return beginning + "".join(
        (
            _section("Routes", (f"[{name}]({address}): {note}" for name, address, note in _ROUTES)),
            _section("Tools", (f"[{one.name}](/api/v1/llm/tools/{one.name}): {_summary(one)}" for one in tools)),
            _section("Toolsets", (_toolset(one, f"/api/v1/llm/tools?toolset={one.name}") for one in toolsets)),
        )
    )


def write_export_llms_txt(tools: Iterable[Tool], toolsets: Iterable[Toolset]) -> str:
    """Like :func:`write_llms_txt`, for an export, which has files and no routes."""
    beginning = _EXPORT_BEGINNING.format(formats=", ".join(FORMATS))
    return beginning + "".join(
        (
            _section("Files", (f"[{name}]({address}): {note}" for name, address, note in _EXPORT_FILES)),
            _section("Tools", (f"[{one.name}](tools/{one.name}/tool.json): {_summary(one)}" for one in tools)),
            _section("Toolsets", (_toolset(one, "toolsets.json") for one in toolsets)),
        )
    )


def _section(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"- {line}\n" for line in lines)
    return f"\n## {title}\n\n{items}" if items else ""


def _summary(tool: Tool) -> str:
    return _SENTENCE_END.split(_in_one_line(tool.manifest.description), maxsplit=1)[0]


def _toolset(toolset: Toolset, address: str) -> str:
    return f"[{toolset.name}]({address}): {_in_one_line(toolset.description or toolset.title)}"


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
