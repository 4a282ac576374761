"""The models' formats, and invoking: what an agent needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from registry.audit import Execution
from registry.catalog import Catalog, ToolQuery, rank_tools, select_tools
from registry.content import list_blocks
from registry.errors import Fault, InputRefused, NotInvocable
from registry.executions import refuse_not_invocable
from registry.formats import FORMATS, compile_tool, read_lock, select_held, write_lock
from registry.http.contract import (
    RouteDescription,
    choice_parameter,
    describe_route,
    integer_parameter,
    required_text_parameter,
    text_parameter,
    words_parameter,
)
from registry.http.requests import get_departures, get_service, read_requested_call
from registry.http.responses import CachedBody, answer_from_catalog, answer_json, make_body
from registry.json_text import dumps
from registry.model import Json, Tool
from registry.views import render_compatibility, render_definitions

from .tools import CATEGORY, SEARCH
from .toolsets import TOOLSET, wanted_names

blueprint = Blueprint("llm", __name__, url_prefix="/api/v1/llm")

_LIMIT = 10_000
_QUESTION_CHARACTERS = 1000
FORMAT = choice_parameter("format", "The model's format.", list(FORMATS), "openai")
TAGS = words_parameter("tags", "Only tools that carry all of these tags.")
DEFERRED = choice_parameter(
    "defer_loading",
    "Mark the definitions as deferred and add the provider's own tool search, where it has one.",
    ["true", "false"],
    "false",
)
LOCK = text_parameter(
    "lock",
    "Only tools whose definition is what this lock pins: the text of a toolcrib.lock, or its pins with commas between.",
    None,
    max_length=8000,
)
STRICT = choice_parameter("strict", "Strict definitions, where the provider has them.", ["true", "false"], "false")


@blueprint.get("/tools")
@describe_route(
    RouteDescription(
        "List tools, for models",
        {200: "ModelTools"},
        (
            FORMAT,
            STRICT,
            DEFERRED,
            SEARCH,
            CATEGORY,
            TAGS,
            TOOLSET,
            LOCK,
            integer_parameter(
                "limit", "At most so many tools. Providers refuse long lists: OpenAI takes 128.", _LIMIT, 1, _LIMIT
            ),
        ),
    )
)
def list_tools(query: Mapping[str, Any]) -> Response:
    """The active tools without error findings, by name; the same bytes for the same revision."""
    catalog = get_service().state.current()
    strict, defers = _strict(query), _defers(query)
    wanted = _wanted(query, _names(catalog, query), query["search"])

    def make() -> CachedBody:
        return _enveloped(select_tools(catalog, wanted), query, strict=strict, defers=defers)

    usual = not (query["search"] or query["tags"] or query["lock"]) and query["limit"] == _LIMIT
    return answer_from_catalog(catalog, ("llm", *query.values()), make, usual=usual)


@blueprint.get("/lock")
@describe_route(
    RouteDescription("The lock of the tools that models are offered", {200: None}, (CATEGORY, TAGS, TOOLSET))
)
def get_lock(query: Mapping[str, Any]) -> Response:
    """A line `name:digest` for each tool, as text: what the parameter `lock` of the list takes, now or later."""
    catalog = get_service().state.current()
    wanted = _wanted(query, wanted_names(catalog, query["toolset"]))
    key = ("lock", *query.values())
    return answer_from_catalog(
        catalog, key, lambda: make_body(write_lock(select_tools(catalog, wanted)).encode()), "text/plain"
    )


@blueprint.get("/search")
@describe_route(
    RouteDescription(
        "Find the tools for a task, for models",
        {200: "ModelTools"},
        (
            required_text_parameter(
                "q", "What is to be done, in English, as one would say it.", max_length=_QUESTION_CHARACTERS
            ),
            FORMAT,
            STRICT,
            CATEGORY,
            TAGS,
            TOOLSET,
            LOCK,
            integer_parameter("limit", "At most so many tools.", 5, 1, 100),
        ),
    )
)
def search(query: Mapping[str, Any]) -> Response:
    """The active tools without error findings that fit best, the best first, as the list gives them."""
    catalog = get_service().state.current()
    strict = _strict(query)
    wanted = _wanted(query, _names(catalog, query))

    def make() -> CachedBody:
        return _enveloped(rank_tools(catalog, wanted, query["q"]), query, strict=strict)

    return answer_from_catalog(catalog, ("llm search", *query.values()), make, usual=False)


@blueprint.get("/tools/<name>")
@describe_route(
    RouteDescription("One tool, for models", {200: "ModelTool"}, (FORMAT, STRICT), problems=(404, 409)),
)
def get_tool(query: Mapping[str, Any], name: str) -> Response:
    """The definition of one tool that can be invoked."""
    catalog = get_service().state.current()
    tool = catalog.find(name)
    refuse_not_invocable(tool)
    strict = _strict(query)

    def make() -> CachedBody:
        compiled = compile_tool(tool, query["format"], strict=strict)
        if compiled.text is None:
            faults = [Fault(reason.pointer, reason.message, "format") for reason in compiled.reasons]
            raise NotInvocable(f"{name} cannot be written in the format {query['format']}", faults)
        return make_body(compiled.text)

    return answer_from_catalog(catalog, ("llm tool", name, query["format"], strict), make)


@blueprint.get("/compatibility")
@describe_route(
    RouteDescription("What becomes of every active tool in every format, and why", {200: "CompatibilityReport"})
)
def get_compatibility(query: Mapping[str, Any]) -> Response:
    """The verdicts with their reasons, and how many there are of each. Those with error findings are excluded."""
    catalog = get_service().state.current()
    return answer_from_catalog(catalog, "compatibility", lambda: make_body(dumps(render_compatibility(catalog))))


@blueprint.post("/tools/<name>/invoke")
@describe_route(
    RouteDescription(
        "Invoke a tool and wait for its end",
        {200: "InvokeAnswer"},
        body="InvokeRequest",
        problems=(400, 404, 409, 413, 415, 429, 503),
    )
)
def invoke(query: Mapping[str, Any], name: str) -> Response:
    """200 when the tool ran, however it ended: a status that makes clients retry would run it twice.

    A client that leaves cancels the run.
    """
    parts = get_service()
    catalog = parts.state.current()
    call = read_requested_call(catalog, name)
    with get_departures().watched(
        request.environ.get("gunicorn.socket"), lambda: parts.executions.abandon(call.execution_id)
    ):
        return answer_json(_answer(parts.executions.invoke(catalog, call)))


def _enveloped(tools: Iterable[Tool], query: Mapping[str, Any], *, strict: bool, defers: bool = False) -> CachedBody:
    """As many of the tools as are wanted, in the format that is wanted."""
    return make_body(render_definitions(tools, query["format"], strict=strict, defers=defers, limit=query["limit"]))


def _wanted(query: Mapping[str, Any], names: frozenset[str] | None, search: str = "") -> ToolQuery:
    return ToolQuery(search, query["category"].strip("/"), query["tags"], offered_only=True, names=names)


def _names(catalog: Catalog, query: Mapping[str, Any]) -> frozenset[str] | None:
    """The tools that the toolset and the lock leave; None where neither is given. Raises InputRefused."""
    names = wanted_names(catalog, query["toolset"])
    if query["lock"] is None:
        return names
    pinned = select_held(catalog.tools, read_lock(query["lock"]))
    return pinned if names is None else names & pinned


def _strict(query: Mapping[str, Any]) -> bool:
    """Raises InputRefused where strict definitions are wanted of a provider that has none."""
    return _given(query, "strict", "strict definitions", [name for name, one in FORMATS.items() if one.has_strict])


def _defers(query: Mapping[str, Any]) -> bool:
    """Raises InputRefused where definitions shall be deferred for a provider that cannot find them again."""
    having = [name for name, one in FORMATS.items() if one.tool_search is not None]
    return _given(query, "defer_loading", "deferred definitions", having)


def _given(query: Mapping[str, Any], parameter: str, what: str, having: list[str]) -> bool:
    wanted: bool = query[parameter] == "true"
    if wanted and query["format"] not in having:
        message = f"{query['format']} has no {what}; there are some in: {', '.join(having)}"
        raise InputRefused("the query cannot be read", [Fault(f"/{parameter}", message, "query")])
    return wanted


def _answer(execution: Execution) -> Json:
    return {
        "success": execution.success,
        "status": execution.status,
        "result": execution.result,
        "content": list_blocks(execution.result, execution.content),
        "error": execution.error,
        "execution_id": execution.id,
        "duration_ms": execution.duration_ms,
        "queue_ms": execution.queue_ms,
        "stdout": execution.stdout,
        "stderr": execution.stderr,
        "truncated": execution.truncated,
        "coerced": list(execution.coerced),
        "version": execution.version,
        "revision": execution.revision,
    }
