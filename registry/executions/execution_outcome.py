"""How an execution ended, as the audit keeps it: the result is read strictly and checked against ``returns``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.catalog import Catalog
from registry.content import CONTENT, check_content, has_content, make_attached_blocks
from registry.errors import Fault, InputRefused
from registry.json_text import loads
from registry.jsonschemas import NOT_CHECKED, Validator, WorkBudget, WorkExceeded, compile_schema
from registry.model import Entry, Json, Tool
from registry.secrets import Redactor
from runner import Outcome

from .block_redaction import redact_block
from .result_evidence import add_returned, explain_printed, redact_printed

_RESULT_DEPTH = 100
# Messages quote what they find fault with, cut short, and half a secret is not found in them any more: so they are made
# from what is redacted already, and this is for where that has no fault.
_HIDDEN = Fault("", "is at fault where it holds a secret", "redacted")


def describe_end(
    outcome: Outcome, returns: Validator | None, redactor: Redactor, entry: Entry = "function"
) -> dict[str, Any]:
    """The fields of the record that the end of a run fills in, without the secrets that the tool was handed.

    What a function returned that is no result is in the error's details; what a script printed is in its log.
    """
    status: str = outcome.status
    stdout, truncated = outcome.stdout, outcome.truncated
    result: Json = None
    error: Json = None
    content: Json = None
    if outcome.failure is not None:
        error = {"kind": outcome.failure.kind, "message": outcome.failure.message}
        if outcome.failure.details is not None:
            error["details"] = dict(outcome.failure.details)
        error |= redactor.json(_sayable({name: error[name] for name in error if name != "kind"}), cut=True)
    elif outcome.result is not None:
        result, error = _checked_result(outcome.result, returns, redactor)
        status = "success" if error is None else "failed"
        if error is not None and entry == "script":
            stdout, cut_short = redact_printed(outcome.result, redactor)
            truncated = truncated or cut_short
            error = explain_printed(error, outcome.result, _RESULT_DEPTH)
        elif error is not None:
            error = add_returned(error, outcome.result, redactor)
        if error is None and (outcome.files or outcome.left_out):
            attached = make_attached_blocks(outcome.files, outcome.left_out, outcome.more_left_out)
            content = [redact_block(one, redactor) for one in attached]
    # What was cut short, or killed as it wrote, may end in the middle of a value.
    cut = outcome.truncated or outcome.status != "success"
    return {
        "status": status,
        "result": result,
        "error": _sayable(error),
        "stdout": redactor.text(_sayable(stdout), cut_after=cut),
        "stderr": redactor.text(_sayable(outcome.stderr), cut_after=cut),
        "truncated": truncated,
        "duration_ms": round(outcome.duration_ms, 3),
        "queue_ms": round(outcome.queue_ms, 3),
        "result_bytes": len(outcome.result or b""),
        "content": content,
        "log_bytes": sum(len(text.encode("utf-8", "replace")) for text in (stdout, outcome.stderr)),
    }


def describe_not_run(status: str, kind: str, message: str) -> dict[str, Any]:
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
        "content": None,
    }


def describe_unknown_end(message: str) -> dict[str, Any]:
    """The same for one that began, and of whose end nothing can be said but why that is so."""
    return describe_not_run("failed", "interrupted", message)


def _sayable(value: Json) -> Json:
    """The value with lone surrogates replaced in every text: a tool's message may hold what UTF-8 cannot say."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sayable(key): _sayable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_sayable(one) for one in value]
    return value


def find_returns_validator(catalog: Catalog, tool: Tool) -> Validator | None:
    """What checks a tool's results, or None when it promises nothing about them."""
    returns = tool.manifest.returns
    if returns is None:
        return None
    return catalog.derived(("returns", tool.digest), lambda: compile_schema(returns))


def _checked_result(text: bytes, returns: Validator | None, redactor: Redactor) -> tuple[Json, Json]:
    """(result, None), or (None, an invalid_result error that says everything that is wrong)."""
    try:
        given = loads(text, max_depth=_RESULT_DEPTH)
    except InputRefused as refused:
        return None, {"kind": "invalid_result", "message": f"the result is not JSON: {_why(refused, text, redactor)}"}
    if has_content(given):
        return _checked_content(given, returns, redactor)
    result = redactor.json(given)
    return _promised(given, result, returns)


def _checked_content(given: Json, returns: Validator | None, redactor: Redactor) -> tuple[Json, Json]:
    """The same for a result that is blocks."""
    if check_content(given):
        faults = check_content(redactor.json(given)) or (_HIDDEN,)
        return None, _invalid("the result is not what `$content` takes", faults)
    hidden = {CONTENT: [redact_block(one, redactor) for one in given[CONTENT]]}
    return _promised(given, hidden, returns)


def _promised(given: Json, result: Json, returns: Validator | None) -> tuple[Json, Json]:
    faults = _faults(given, result, returns) if returns is not None else ()
    if not faults:
        return result, None
    return None, _invalid("the result is not what the tool's `returns` promises", faults)


def _invalid(what: str, faults: Sequence[Fault]) -> Json:
    errors = [{"pointer": fault.pointer, "message": fault.message, "code": fault.code} for fault in faults]
    message = f"{what}: {faults[0].pointer or '/'}: {faults[0].message}"
    return {"kind": "invalid_result", "message": message, "details": {"errors": errors}}


def _faults(given: Json, hidden: Json, returns: Validator) -> tuple[Fault, ...]:
    """What is wrong with a result, in words that hold none of its secrets; ``hidden`` is the result without them."""
    budget = WorkBudget()
    try:
        if returns.accepts(given, budget):
            return ()
    except WorkExceeded:
        return (NOT_CHECKED,)
    return returns.faults(hidden, budget) or (_HIDDEN,)


def _why(refused: InputRefused, text: bytes, redactor: Redactor) -> str:
    given = text.decode(errors="replace")
    hidden = redactor.text(given)
    if hidden == given:
        return redactor.text(str(refused))
    try:
        loads(hidden, max_depth=_RESULT_DEPTH)
    except InputRefused as again:
        return redactor.text(str(again))
    return f"it {_HIDDEN.message}"
