"""Asks each provider's own types about definitions: ``{format: [{"strict": bool, "definition": {…}}]}`` in.

The messages that answer a model's calls are judged in the same way, under ``"<format> answers"``.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable
from typing import Any

import mcp_types._v2025_11_25 as mcp_2025
import mcp_types._v2026_07_28 as mcp_2026
from agents.strict_schema import ensure_strict_json_schema
from anthropic import transform_schema
from anthropic.types import MessageParam, ToolParam, ToolSearchToolBm25_20251119Param
from google.genai import types as gemini
from openai.types.chat import ChatCompletionToolMessageParam, ChatCompletionToolParam, ChatCompletionUserMessageParam
from openai.types.responses import FunctionToolParam, ToolSearchToolParam
from openai.types.responses.response_input_param import FunctionCallOutput
from pydantic import TypeAdapter

CHAT = TypeAdapter(ChatCompletionToolParam)
RESPONSES = TypeAdapter(FunctionToolParam)
ANTHROPIC = TypeAdapter(ToolParam)
SEARCHES = {
    "tool_search": ToolSearchToolParam,
    "tool_search_tool_bm25_20251119": ToolSearchToolBm25_20251119Param,
}


def openai(definition: dict[str, Any], strict: bool) -> None:
    CHAT.validate_python(definition, strict=True)
    _openai_function(definition["function"], strict)


def tool_search(definition: dict[str, Any]) -> bool:
    """Whether this is a provider's own search for tools; a malformed one is refused."""
    kind = SEARCHES.get(definition.get("type", ""))
    if kind is not None:
        TypeAdapter(kind).validate_python(definition, strict=True)
        assert not definition.keys() - kind.__required_keys__ - kind.__optional_keys__
    return kind is not None


def openai_responses(definition: dict[str, Any], strict: bool) -> None:
    if tool_search(definition):
        return
    RESPONSES.validate_python(definition, strict=True)
    unknown = definition.keys() - FunctionToolParam.__required_keys__ - FunctionToolParam.__optional_keys__
    assert not unknown, unknown
    _openai_function(definition, strict)


def _openai_function(function: dict[str, Any], strict: bool) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", function["name"]), function["name"]
    assert function["strict"] is strict
    if strict:
        transformed = ensure_strict_json_schema(copy.deepcopy(function["parameters"]), _reject_open_objects=True)
        assert transformed == function["parameters"], "OpenAI's own transformer would still change it"


def anthropic(definition: dict[str, Any], strict: bool) -> None:
    if tool_search(definition):
        return
    ANTHROPIC.validate_python(definition, strict=True)
    assert not definition.keys() - ToolParam.__required_keys__ - ToolParam.__optional_keys__
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", definition["name"])
    schema = definition["input_schema"]
    assert schema["type"] == "object"
    assert all(re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name) for name in schema["properties"])
    if strict:
        transformed = transform_schema(copy.deepcopy(schema))
        assert transformed == _without_types_of_values(schema), "Anthropic's own transformer would still change it"


def _without_types_of_values(node: Any) -> Any:
    """Their transformer leaves ``type`` out beside ``enum``; it says the same."""
    if isinstance(node, list):
        return [_without_types_of_values(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not (key == "type" and isinstance(node.get("enum"), list))}
    return {key: value if key == "enum" else _without_types_of_values(value) for key, value in kept.items()}


def google(definition: dict[str, Any], strict: bool) -> None:
    assert not strict
    tool = gemini.Tool.model_validate({"functionDeclarations": [definition]})
    assert tool.model_dump(by_alias=True, exclude_none=True, mode="json") == {"functionDeclarations": [definition]}
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}", definition["name"])
    assert all(
        re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) for name in definition["parametersJsonSchema"]["properties"]
    )


def mcp(definition: dict[str, Any], strict: bool) -> None:
    assert not strict
    for module in (mcp_2025, mcp_2026):
        tool = module.Tool.model_validate(definition)
        kept = tool.model_dump(by_alias=True, exclude_none=True, mode="json")
        assert kept.keys() == definition.keys(), kept.keys() ^ definition.keys()
        assert kept["annotations"] == definition["annotations"]


def answer_of(kind: Any) -> Callable[[dict[str, Any], bool], None]:
    """A judge of messages of one type: they are read strictly, and hold nothing that the type does not know."""
    adapter = TypeAdapter(kind)

    def judge(message: dict[str, Any], strict: bool) -> None:
        read = adapter.validate_python(message, strict=True)
        assert adapter.dump_python(read, mode="json", exclude_unset=True) == message

    return judge


def openai_answer(message: dict[str, Any], strict: bool) -> None:
    # Not one adapter for both: it would read what it takes only once, to find out which of them it is.
    kind = ChatCompletionUserMessageParam if message["role"] == "user" else ChatCompletionToolMessageParam
    answer_of(kind)(message, strict)


def google_answer(message: dict[str, Any], strict: bool) -> None:
    content = gemini.Content.model_validate(message)
    dumped = json.dumps(content.model_dump(by_alias=True, exclude_none=True, mode="json"), sort_keys=True)
    # The API takes both alphabets of base64, and the SDK writes the other one.
    assert dumped.replace("-", "+").replace("_", "/") == json.dumps(message, sort_keys=True).replace("-", "+").replace(
        "_", "/"
    )


JUDGES: dict[str, Callable[[dict[str, Any], bool], None]] = {
    "openai": openai,
    "openai-responses": openai_responses,
    "anthropic": anthropic,
    "gemini": google,
    "mcp": mcp,
    "openai answers": openai_answer,
    "openai-responses answers": answer_of(FunctionCallOutput),
    "anthropic answers": answer_of(MessageParam),
    "gemini answers": google_answer,
}


def main() -> None:
    """Judge everything; say each complaint with what it is about."""
    said = []
    for name, definitions in json.load(sys.stdin).items():
        for one in definitions:
            try:
                JUDGES[name](one["definition"], one["strict"])
            except Exception as error:  # noqa: BLE001 -- a judge says no in many ways
                said.append(f"{name}: {type(error).__name__}: {error}: {json.dumps(one)}"[:2000])
    json.dump(said, sys.stdout)


main()
