"""Executions as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime

from registry.audit import OPEN, Ends, Execution, PeriodSummary
from registry.content import list_blocks
from registry.model import Json


def render_execution_summary(execution: Execution) -> dict[str, Json]:
    """An execution without what can be large."""
    return {
        "id": execution.id,
        "tool": execution.tool,
        "version": execution.version,
        "revision": execution.revision,
        "digest": execution.digest,
        "bundle": execution.bundle,
        "status": execution.status,
        "success": execution.success,
        "error": execution.error,
        "caller_id": execution.caller_id,
        "trace_id": execution.trace_id,
        "request_id": execution.request_id,
        "remote_address": execution.remote_address,
        "truncated": execution.truncated,
        "tried": execution.tried,
        "created_at": _time(execution.created_at),
        "ended_at": None if execution.ended_at is None else _time(execution.ended_at),
        "duration_ms": execution.duration_ms,
        "queue_ms": execution.queue_ms,
        "argument_bytes": execution.argument_bytes,
        "result_bytes": execution.result_bytes,
        "log_bytes": execution.log_bytes,
    }


def render_listed_execution(execution: Execution) -> dict[str, Json]:
    """An execution as lists show it; its error is cut short."""
    return render_execution_summary(execution) | {"error_truncated": execution.error_truncated}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def render_execution(execution: Execution) -> dict[str, Json]:
    """Everything about an execution."""
    return render_execution_summary(execution) | {
        "arguments": execution.arguments,
        "coerced": list(execution.coerced),
        "result": execution.result,
        "content": list_blocks(execution.result, execution.content),
        "stdout": execution.stdout,
        "stderr": execution.stderr,
    }


def render_period_summary(summary: PeriodSummary) -> dict[str, Json]:
    """The executions of a period: how many ended in which way, and how long they took."""
    return {
        "overall": _ends(summary.overall),
        "days": [{"day": _day(begun)} | _ends(ends) for begun, ends in summary.days],
        "tools": [{"tool": name} | _ends(ends) for name, ends in summary.tools],
    }


def _ends(ends: Ends) -> dict[str, Json]:
    ended = {status: ends.counts.get(status, 0) for status in ("success", "failed", "timeout", "cancelled")}
    ran = ended["success"] + ended["failed"] + ended["timeout"]
    return {
        "calls": sum(ends.counts.values()),
        "open": sum(ends.counts.get(status, 0) for status in OPEN),
        **ended,
        "success_share": round(ended["success"] / ran, 4) if ran else None,
        "p50_ms": ends.p50_ms,
        "p95_ms": ends.p95_ms,
    }


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
