"""How an execution ended, as the audit keeps it: the result is read strictly and checked against ``returns``."""

from __future__ import annotations

from typing import Any

from runner import Outcome

from ..catalog import Catalog
from ..errors import InputRefused
from ..jsonschemas import Validator
from ..jsonschemas import compile as compile_schema
from ..jsontext import loads
from ..model import Json, Tool

_RESULT_DEPTH = 100


def ended(outcome: Outcome, returns: Validator | None) -> dict[str, Any]:
    """The fields of the record that the end of a run fills in."""
    status: str = outcome.status
    result: Json = None
    error: Json = None
    if outcome.failure is not None:
        error = {"kind": outcome.failure.kind, "message": outcome.failure.message}
        if outcome.failure.details is not None:
            error["details"] = dict(outcome.failure.details)
    elif outcome.result is not None:
        result, error = _checked_result(outcome.result, returns)
        status = "success" if error is None else "failed"
    return {
        "status": status,
        "result": result,
        "error": _sayable(error),
        "stdout": _sayable(outcome.stdout),
        "stderr": _sayable(outcome.stderr),
        "truncated": outcome.truncated,
        "duration_ms": round(outcome.duration_ms, 3),
        "queue_ms": round(outcome.queue_ms, 3),
        "result_bytes": len(outcome.result or b""),
        "log_bytes": sum(len(text.encode("utf-8", "replace")) for text in (outcome.stdout, outcome.stderr)),
    }


def not_run(status: str, kind: str, message: str) -> dict[str, Any]:
    """The same for an execution that was on record and never ran."""
    return {
        "status": status,
        "result": None,
        "error": {"kind": kind, "message": message},
        "stdout": "",
        "stderr": "",
        "truncated": False,
        "duration_ms": 0.0,
        "queue_ms": None,
        "result_bytes": 0,
        "log_bytes": 0,
    }


def _sayable(value: Json) -> Json:
    """The value with lone surrogates replaced in every text: a tool's message may hold what UTF-8 cannot say."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sayable(key): _sayable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_sayable(one) for one in value]
    return value


def returns_validator(catalog: Catalog, tool: Tool) -> Validator | None:
    """What checks a tool's results, or None when it promises nothing about them."""
    returns = tool.manifest.returns
    if returns is None:
        return None
    return catalog.derived(("returns", tool.digest), lambda: compile_schema(returns))


def _checked_result(text: bytes, returns: Validator | None) -> tuple[Json, Json]:
    """(result, None), or (None, an invalid_result error that says everything that is wrong)."""
    try:
        result = loads(text, max_depth=_RESULT_DEPTH)
    except InputRefused as refused:
        return None, {"kind": "invalid_result", "message": f"the result is not JSON: {refused}"}
    faults = returns.faults(result) if returns is not None else ()
    if not faults:
        return result, None
    errors = [{"pointer": fault.pointer, "message": fault.message, "code": fault.code} for fault in faults]
    message = f"the result is not what the tool's `returns` promises: {faults[0].pointer or '/'}: {faults[0].message}"
    return None, {"kind": "invalid_result", "message": message, "details": {"errors": errors}}
