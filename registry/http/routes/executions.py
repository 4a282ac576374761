"""The record: which tools ran, when, for whom, and how they ended."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from registry.audit import DAY_SECONDS, STATUSES, ExecutionFilter, Period
from registry.http.contract import (
    RouteDescription,
    choice_parameter,
    describe_route,
    integer_parameter,
    text_parameter,
    time_parameter,
)
from registry.http.requests import can_hand_over, get_followers, get_service
from registry.http.responses import SeenEvents, StreamAnswer, answer_json, make_page_links
from registry.views import render_execution, render_listed_execution, render_period_summary

from .tools import PAGING

blueprint = Blueprint("executions", __name__, url_prefix="/api/v1/executions")


@blueprint.get("")
@describe_route(
    RouteDescription(
        "List executions, newest first",
        {200: "ExecutionPage"},
        (
            text_parameter("tool", "Only executions of this tool.", None),
            choice_parameter("status", "Only executions of this status.", list(STATUSES), None),
            text_parameter("caller_id", "Only those of this caller.", None),
            text_parameter("trace_id", "Only those of this trace.", None),
            time_parameter("since", "Only those begun at or after this time."),
            time_parameter("until", "Only those begun before this time."),
            choice_parameter("tried", "Only tried edits, or only calls of tools.", ["true", "false"], None),
            *PAGING,
        ),
        problems=(503,),
    )
)
def list_executions(query: Mapping[str, Any]) -> Response:
    """A page of the record, without arguments, results and logs; of an error its kind and the message's beginning."""
    narrow = {name: query[name] for name in ExecutionFilter.__dataclass_fields__}
    narrow["tried"] = None if narrow["tried"] is None else narrow["tried"] == "true"
    page, size = query["page"], query["page_size"]
    found, total = get_service().audit.page(ExecutionFilter(**narrow), page, size)
    value = {"items": [render_listed_execution(one) for one in found], "page": page, "page_size": size, "total": total}
    return answer_json(value, link=make_page_links(page, max(1, -(-total // size))))


@blueprint.get("/summary")
@describe_route(
    RouteDescription(
        "How many calls there were, how they ended and how long they took",
        {200: "ExecutionOverview"},
        (
            text_parameter("tool", "Only executions of this tool.", None),
            integer_parameter("days", "How many days of UTC, today included.", 7, 1, 90),
        ),
        problems=(503,),
    )
)
def summarise(query: Mapping[str, Any]) -> Response:
    """Day by day, tool by tool, and in all."""
    days = query["days"]
    today = time.time() // DAY_SECONDS * DAY_SECONDS
    period = Period(today - (days - 1) * DAY_SECONDS, days, query["tool"])
    return answer_json(render_period_summary(get_service().audit.summary(period)))


@blueprint.get("/<execution_id>")
@describe_route(RouteDescription("One execution with everything", {200: "Execution"}, problems=(404, 503)))
def get_execution(query: Mapping[str, Any], execution_id: str) -> Response:
    """The record of one execution, its arguments, result and log included."""
    return answer_json(render_execution(get_service().executions.get(execution_id)))


@blueprint.post("/<execution_id>/cancel")
@describe_route(RouteDescription("Cancel an execution", {202: "Execution"}, problems=(404, 503)))
def cancel(query: Mapping[str, Any], execution_id: str) -> Response:
    """The record as it is now: the end follows in a moment. One that has ended stays as it is."""
    return answer_json(render_execution(get_service().executions.cancel(execution_id)), 202)


@blueprint.get("/<execution_id>/events")
@describe_route(RouteDescription("Follow an execution as server-sent events", {200: None}, problems=(404, 429, 503)))
def follow(query: Mapping[str, Any], execution_id: str) -> Response:
    """``status`` when it changes, ``log`` as it is printed, ``end`` with the whole record; then the stream ends.

    Every event's id says how much the client has; sent back as ``Last-Event-ID``, the stream goes on from there. A
    stream without ``end`` was cut: whoever reads too slowly is sent away, and goes on in the same way.
    """
    get_service().executions.find_mark(execution_id)
    watching = get_followers()
    release = watching.reserve()
    seen = SeenEvents.from_id(request.headers.get("Last-Event-ID", ""))

    def begin(connection: socket.socket, head: bytes, done: Callable[[], None]) -> None:
        def leave() -> None:
            release()
            done()

        watching.follow(execution_id, seen, connection, head, leave)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    answer = StreamAnswer(begin, handed_over=can_hand_over(), mimetype="text/event-stream", headers=headers)
    answer.call_on_close(release)
    return answer
