"""The models' formats, and invoking: what an agent needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from ..audit import Execution
from ..catalog import Catalog, Query, select
from ..errors import NotInvocable
from ..executions.arguments import refuse_not_invocable
from ..formats import FORMATS, compile_tool
from ..jsontext import dumps
from ..model import Json, Tool
from .answers import Body, body, from_catalog, json_answer
from .calls import requested_call
from .current import leaving, service
from .describe import Description, choice, describe, whole, words
from .tools import CATEGORY, SEARCH

blueprint = Blueprint("llm", __name__, url_prefix="/api/v1/llm")

_LIMIT = 10_000
FORMAT = choice("format", "The model's format.", list(FORMATS), "openai")
STRICT = choice("strict", "Strict definitions; only `false` is offered so far.", ["false"], "false")


@blueprint.get("/tools")
@describe(
    Description(
        "List tools, for models",
        {200: "ModelTools"},
        (
            FORMAT,
            STRICT,
            SEARCH,
            CATEGORY,
            words("tags", "Only tools that carry all of these tags."),
            whole("limit", "At most so many tools. Providers refuse long lists: OpenAI takes 128.", _LIMIT, 1, _LIMIT),
        ),
    )
)
def list_tools(query: Mapping[str, Any]) -> Response:
    """The active tools without error findings, by name; the same bytes for the same revision."""
    catalog = service().state.current()

    def make() -> Body:
        wanted = Query(query["search"], query["category"].strip("/"), query["tags"], offered_only=True)
        definitions = (_definition(catalog, tool, query["format"]) for tool in select(catalog, wanted))
        sent = [definition for definition in definitions if definition is not None][: query["limit"]]
        return body(FORMATS[query["format"]].envelope(sent))

    usual = not query["search"] and not query["tags"] and query["limit"] == _LIMIT
    return from_catalog(catalog, ("llm", *query.values()), make, usual=usual)


@blueprint.get("/tools/<name>")
@describe(
    Description("One tool, for models", {200: "OpenAITool"}, (FORMAT, STRICT), problems=(404, 409)),
)
def get_tool(query: Mapping[str, Any], name: str) -> Response:
    """The definition of one tool that can be invoked."""
    catalog = service().state.current()
    tool = catalog.find(name)
    refuse_not_invocable(tool)

    def make() -> Body:
        definition = _definition(catalog, tool, query["format"])
        if definition is None:
            reasons = "; ".join(reason.message for reason in compile_tool(tool, query["format"]).reasons)
            raise NotInvocable(f"{name} cannot be written in the format {query['format']}: {reasons}")
        return body(definition)

    return from_catalog(catalog, ("llm tool", name, query["format"]), make)


@blueprint.post("/tools/<name>/invoke")
@describe(
    Description(
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
    parts = service()
    catalog = parts.state.current()
    call = requested_call(catalog, name)
    with leaving().watched(request.environ.get("gunicorn.socket"), lambda: parts.executions.abandon(call.execution_id)):
        return json_answer(_answer(parts.executions.invoke(catalog, call)))


def _definition(catalog: Catalog, tool: Tool, format_name: str) -> bytes | None:
    definition = compile_tool(tool, format_name).definition
    return None if definition is None else dumps(definition)


def _answer(execution: Execution) -> Json:
    return {
        "success": execution.success,
        "status": execution.status,
        "result": execution.result,
        "error": execution.error,
        "execution_id": execution.id,
        "duration_ms": execution.duration_ms,
        "queue_ms": execution.queue_ms,
        "stdout": execution.stdout,
        "stderr": execution.stderr,
        "truncated": execution.truncated,
        "version": execution.version,
        "revision": execution.revision,
    }
