"""The record: which tools ran, when, for whom, and how they ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from registry.audit import DAY_SECONDS, STATUSES, Filter, Period
from registry.errors import TooBusy

from .answers import json_answer, page_links
from .current import service, streams
from .describe import Description, choice, describe, moment, text, whole
from .events import Seen, events
from .shown import details, overview, summary
from .tools import PAGING

blueprint = Blueprint("executions", __name__, url_prefix="/api/v1/executions")


@blueprint.get("")
@describe(
    Description(
        "List executions, newest first",
        {200: "ExecutionPage"},
        (
            text("tool", "Only executions of this tool.", None),
            choice("status", "Only executions of this status.", list(STATUSES), None),
            text("caller_id", "Only those of this caller.", None),
            text("trace_id", "Only those of this trace.", None),
            moment("since", "Only those begun at or after this time."),
            moment("until", "Only those begun before this time."),
            choice("tried", "Only tried edits, or only calls of tools.", ["true", "false"], None),
            *PAGING,
        ),
        problems=(503,),
    )
)
def list_executions(query: Mapping[str, Any]) -> Response:
    """A page of the record, without arguments, results and logs."""
    narrow = {name: query[name] for name in Filter.__dataclass_fields__}
    narrow["tried"] = None if narrow["tried"] is None else narrow["tried"] == "true"
    page, size = query["page"], query["page_size"]
    found, total = service().audit.page(Filter(**narrow), page, size)
    value = {"items": [summary(one) for one in found], "page": page, "page_size": size, "total": total}
    return json_answer(value, link=page_links(page, max(1, -(-total // size))))


@blueprint.get("/summary")
@describe(
    Description(
        "How many calls there were, how they ended and how long they took",
        {200: "ExecutionOverview"},
        (
            text("tool", "Only executions of this tool.", None),
            whole("days", "How many days of UTC, today included.", 7, 1, 90),
        ),
        problems=(503,),
    )
)
def summarise(query: Mapping[str, Any]) -> Response:
    """Day by day, tool by tool, and in all."""
    days = query["days"]
    today = time.time() // DAY_SECONDS * DAY_SECONDS
    period = Period(today - (days - 1) * DAY_SECONDS, days, query["tool"])
    return json_answer(overview(service().audit.summary(period)))


@blueprint.get("/<execution_id>")
@describe(Description("One execution with everything", {200: "Execution"}, problems=(404, 503)))
def get_execution(query: Mapping[str, Any], execution_id: str) -> Response:
    """The record of one execution, its arguments, result and log included."""
    return json_answer(details(service().executions.get(execution_id)))


@blueprint.post("/<execution_id>/cancel")
@describe(Description("Cancel an execution", {202: "Execution"}, problems=(404, 503)))
def cancel(query: Mapping[str, Any], execution_id: str) -> Response:
    """The record as it is now: the end follows in a moment. One that has ended stays as it is."""
    return json_answer(details(service().executions.cancel(execution_id)), 202)


@blueprint.get("/<execution_id>/events")
@describe(Description("Follow an execution as server-sent events", {200: None}, problems=(404, 429, 503)))
def follow(query: Mapping[str, Any], execution_id: str) -> Response:
    """``status`` when it changes, ``log`` as it is printed, ``end`` with the whole record; then the stream ends.

    Every event's id says how much the client has; sent back as ``Last-Event-ID``, the stream goes on from there.
    """
    parts = service()
    parts.executions.get(execution_id)
    places = streams()
    if not places.acquire(blocking=False):
        raise TooBusy("as many executions are followed here as may be", 5)
    seen = Seen.from_id(request.headers.get("Last-Event-ID", ""))
    stream = events(lambda: parts.executions.get(execution_id), seen)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    answer = Response(stream, mimetype="text/event-stream", headers=headers)
    answer.call_on_close(places.release)
    return answer
