"""Calling back: what a model returned goes in, the messages that answer it come out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from registry.audit import Execution
from registry.catalog import Catalog
from registry.content import list_blocks
from registry.errors import ToolcribError, Unavailable
from registry.executions import Call, Executions
from registry.formats import AnsweredCall, WantedCall
from registry.http.contract import RouteDescription, describe_route
from registry.http.requests import get_departures, get_service, read_requested_calls
from registry.http.responses import answer_json, render_refusal
from registry.log import log
from registry.model import Json

blueprint = Blueprint("calling", __name__, url_prefix="/api/v1/llm")

_PRINTED_CHARACTERS = 2000


@blueprint.post("/calls")
@describe_route(
    RouteDescription(
        "Run what a model called, all at once, and answer it in the model's own format",
        {200: "CallsAnswer"},
        body="CallsRequest",
        problems=(400, 413, 415, 503),
    )
)
def run_calls(query: Mapping[str, Any]) -> Response:
    """200 once every call has ended. One that cannot run is answered with what is wrong; the others run all the same.

    Where any call is malformed nothing runs. A client that leaves cancels them all.
    """
    parts = get_service()
    catalog = parts.state.current()
    calling, asked = read_requested_calls(catalog)
    left = threading.Event()

    def leave() -> None:
        left.set()
        for _, call in asked:
            if isinstance(call, Call):
                parts.executions.abandon(call.execution_id)

    tasks = [partial(_ended, parts.executions, catalog, call, left.is_set) for _, call in asked]
    with get_departures().watched(request.environ.get("gunicorn.socket"), leave):
        ends = parts.together.results(tasks)
    answered = [_answered(wanted, end) for (wanted, _), end in zip(asked, ends, strict=True)]
    executions = [_told(one, end) for one, end in zip(answered, ends, strict=True)]
    messages = calling.messages(answered)
    return answer_json({"format": calling.name, "messages": messages, "executions": executions})


def _ended(
    executions: Executions, catalog: Catalog, call: Call | ToolcribError, gone: Callable[[], bool]
) -> Execution | ToolcribError:
    """How a call ended, or why it did not run. Whatever becomes of one call, the others are answered."""
    if isinstance(call, ToolcribError):
        return call
    if gone():
        return Unavailable("the caller left before the tool ran", 1)
    try:
        return executions.invoke(catalog, call, gone)
    except ToolcribError as error:
        return error
    except Exception:
        log.exception("call failed", tool=call.tool.name, execution_id=call.execution_id)
        return ToolcribError("a fault of the service; its log has the details under the request's id")


def _answered(wanted: WantedCall, end: Execution | ToolcribError) -> AnsweredCall:
    if isinstance(end, ToolcribError):
        return AnsweredCall(wanted, render_refusal(end), failed=True)
    if end.success:
        blocks = list_blocks(end.result, end.content)
        return AnsweredCall(wanted, end.result, failed=False, blocks=blocks)
    return AnsweredCall(wanted, _failure(end), failed=True)


def _failure(end: Execution) -> Json:
    """The error of a tool that ran. A program that ends with a status says why on standard error, if anywhere; what
    was printed where a result was wanted is what shows why there is none."""
    error = dict(end.error or {"kind": end.status, "message": end.status})
    if error["kind"] in {"exit", "invalid_result"} and end.stderr.strip():
        error["stderr"] = end.stderr[-_PRINTED_CHARACTERS:]
    if error["kind"] == "invalid_result" and end.stdout.strip():
        error["stdout"] = end.stdout[-_PRINTED_CHARACTERS:]
    return error


def _told(answered: AnsweredCall, end: Execution | ToolcribError) -> Json:
    told: dict[str, Json] = {"tool": answered.wanted.name, "success": not answered.failed}
    if isinstance(end, Execution):
        return told | {"execution_id": end.id, "coerced": list(end.coerced)}
    return told | {"execution_id": None, "coerced": []}
