"""The record: which tools ran, when, for whom, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response

from ..audit import Execution, Filter
from ..audit.record import STATUSES
from ..errors import NotFound
from ..model import Json
from .answers import json_answer, page_links
from .current import service
from .describe import Description, choice, describe, moment, text
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
            *PAGING,
        ),
        problems=(503,),
    )
)
def list_executions(query: Mapping[str, Any]) -> Response:
    """A page of the record, without arguments, results and logs."""
    narrow = {name: query[name] for name in Filter.__dataclass_fields__}
    page, size = query["page"], query["page_size"]
    found, total = service().audit.page(Filter(**narrow), page, size)
    value = {"items": [_summary(one) for one in found], "page": page, "page_size": size, "total": total}
    return json_answer(value, link=page_links(page, max(1, -(-total // size))))


@blueprint.get("/<execution_id>")
@describe(Description("One execution with everything", {200: "Execution"}, problems=(404, 503)))
def get_execution(query: Mapping[str, Any], execution_id: str) -> Response:
    """The record of one execution, its arguments, result and log included."""
    found = service().audit.get(execution_id)
    if found is None:
        raise NotFound(f"there is no execution {execution_id[:100]!r}")
    large = {"arguments": found.arguments, "result": found.result, "stdout": found.stdout, "stderr": found.stderr}
    return json_answer(_summary(found) | large)


def _summary(execution: Execution) -> dict[str, Json]:
    return {
        "id": execution.id,
        "tool": execution.tool,
        "version": execution.version,
        "revision": execution.revision,
        "digest": execution.digest,
        "status": execution.status,
        "success": execution.success,
        "error": execution.error,
        "caller_id": execution.caller_id,
        "trace_id": execution.trace_id,
        "request_id": execution.request_id,
        "remote_address": execution.remote_address,
        "truncated": execution.truncated,
        "created_at": _time(execution.created_at),
        "ended_at": None if execution.ended_at is None else _time(execution.ended_at),
        "duration_ms": execution.duration_ms,
        "queue_ms": execution.queue_ms,
        "argument_bytes": execution.argument_bytes,
        "result_bytes": execution.result_bytes,
        "log_bytes": execution.log_bytes,
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
