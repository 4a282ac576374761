"""Model Context Protocol over streamable HTTP: its addresses. What answers is loaded with the first message.

The protocol's shapes (``mcp-types``) take a third of the time that a service needs to start, and many never hear of
MCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from registry.http.contract import RouteDescription, choice_parameter, describe_route

from .llm import LOCK

blueprint = Blueprint("mcp", __name__, url_prefix="/mcp")

META = choice_parameter("meta", "`1`: two tools that find and call all others, instead of all.", ["0", "1"], "0")


def _described(summary: str) -> RouteDescription:
    problems = (400, 404, 406, 413, 415, 429, 503)
    # What JSON-RPC itself refuses it answers in its own shape.
    refusals = {400: "McpAnswer", 404: "McpAnswer"}
    answers = {200: "McpAnswer", 202: None}
    return RouteDescription(summary, answers, (META, LOCK), body="McpMessage", problems=problems, refusals=refusals)


@blueprint.post("")
@describe_route(_described("Model Context Protocol: all tools"))
def speak(query: Mapping[str, Any]) -> Response:
    """One message to a server that offers every tool."""
    return _answer(query, None)


@blueprint.post("/<toolset_name>")
@describe_route(_described("Model Context Protocol: the tools of a toolset"))
def speak_toolset(query: Mapping[str, Any], toolset_name: str) -> Response:
    """One message to a server that offers the tools of a toolset."""
    return _answer(query, toolset_name)


def _answer(query: Mapping[str, Any], toolset_name: str | None) -> Response:
    from .mcp_messages import answer_message  # noqa: PLC0415 -- see above

    return answer_message(toolset_name, meta=query["meta"] == "1", lock=query["lock"])
