"""What providers' own packages say of what is sent: the shipped tools, and some hundred made by chance."""

from __future__ import annotations

import copy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from registry.formats import FORMATS, compile_tool
from registry.formats.deferred_loading import defer_definitions
from registry.gitrepo import read_folder
from registry.json_text import loads
from registry.manifest import check_folder
from registry.model import Tool
from tests.judges import complaints
from tests.made_tools import made_tool

pytestmark = pytest.mark.judges

TOOLS = Path(__file__).parents[2] / "tools"
MADE = 300


def shipped() -> list[Tool]:
    found = []
    for path in sorted(TOOLS.iterdir()):
        if path.is_dir() and (path / "tool.yaml").exists():
            folder, _ = read_folder(path)
            found.append(Tool(path.name, check_folder(folder), folder.files, folder.digest, None, 1, uncommitted=False))
    return found


def definitions(tools: list[Tool]) -> dict[str, list[dict[str, Any]]]:
    """Every definition that is sent of the tools, by format, as judges are given them."""
    sent: dict[str, list[dict[str, Any]]] = {}
    for name, one in FORMATS.items():
        for strict in (False, True) if one.has_strict else (False,):
            compiled = [compile_tool(tool, name, strict=strict) for tool in tools]
            found = [{"strict": each.strict, "definition": each.definition} for each in compiled if each.text]
            sent.setdefault(name, []).extend(found)
    return sent


def test_every_provider_takes_the_shipped_tools_and_those_made_by_chance() -> None:
    made = [tool for seed in range(MADE) if (tool := made_tool(Random(seed)))]
    assert len(made) > MADE // 2
    assert complaints("models", definitions([*shipped(), *made])) == []


def test_providers_take_deferred_definitions_and_their_own_search() -> None:
    sent: dict[str, list[dict[str, Any]]] = {}
    for name, one in FORMATS.items():
        for strict in (False, True) if one.tool_search is not None else ():
            compiled = [compile_tool(tool, name, strict=strict) for tool in shipped()]
            search, *definitions = [loads(text) for text in defer_definitions(one, compiled)]
            assert search == one.tool_search
            assert all(definition["defer_loading"] for definition in definitions)
            assert len(definitions) == len(compiled)
            sent.setdefault(name, []).append({"strict": False, "definition": search})
            told = zip(compiled, definitions, strict=True)
            sent[name] += [{"strict": each.strict, "definition": definition} for each, definition in told]
    assert sent.keys() == {"openai-responses", "anthropic"}
    assert complaints("models", sent) == []


def test_the_judges_do_say_no() -> None:
    sent = definitions(shipped()[:1])
    broken: dict[str, list[dict[str, Any]]] = {}
    keys = {"openai": "function", "openai-responses": "parameters", "anthropic": "input_schema"}
    keys |= {"gemini": "name", "mcp": "inputSchema"}
    for name, found in sent.items():
        without = copy.deepcopy(found[0])
        del without["definition"][keys[name]]
        broken[name] = [without]
    [strict] = [one for one in sent["openai"] if one["strict"]]
    opened = copy.deepcopy(strict)
    opened["definition"]["function"]["parameters"]["additionalProperties"] = True
    broken["openai"].append(opened)
    assert len(complaints("models", broken)) == 6


def test_every_shipped_tool_is_sent_in_every_format_and_strictly_where_there_is_strict() -> None:
    for tool in shipped():
        for name, one in FORMATS.items():
            compiled = compile_tool(tool, name)
            assert [reason.pointer for reason in compiled.reasons if reason.pointer != "/returns"] == [], tool.name
            assert compiled.text is not None
            assert compile_tool(tool, name, strict=True).strict is one.has_strict, tool.name
