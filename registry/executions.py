"""Run a tool on record: check the arguments, write the intent, run, check the result, write the outcome.

This is the one path to the runner; the HTTP routes and the command line both end here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from runner import AllPlacesTaken, Job, Outcome, Runner, SandboxUnavailable

from .audit import Audit, Execution, Intent
from .catalog import Catalog
from .errors import Fault, InputRefused, NotInvocable, TooBusy, Unavailable
from .jsonschemas import Validator, with_defaults
from .jsonschemas import compile as compile_schema
from .jsontext import dumps, loads
from .model import Json, Tool

log = structlog.get_logger()

REDACTED = "[redacted]"
_RESULT_DEPTH = 100
_BUSY_RETRY_SECONDS = 1
_UNAVAILABLE_RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller asks for. ``timeout_seconds`` may shorten the tool's own limit, never lengthen it."""

    tool: Tool
    arguments: Json
    timeout_seconds: float | None = None
    caller_id: str | None = None
    trace_id: str | None = None
    request_id: str | None = None
    remote_address: str | None = None


class Executions:
    """Runs tools through a runner, on the record of an audit."""

    def __init__(self, audit: Audit, runner: Runner) -> None:
        self._audit = audit
        self._runner = runner

    def invoke(self, catalog: Catalog, call: Call) -> Execution:
        """Run the tool to its end and say how it ended: a failing tool is a result, not an exception.

        Raises NotInvocable, InputRefused (every fault of the arguments), TooBusy or Unavailable; then nothing ran.
        """
        tool = call.tool
        _refuse_not_invocable(tool)
        arguments = checked_arguments(catalog, tool, call.arguments)
        text = dumps(arguments)
        intent = Intent(
            id=uuid.uuid4().hex,
            tool=tool.name,
            version=tool.version,
            revision=tool.revision,
            digest=tool.digest,
            arguments=redacted(arguments, tool.manifest.parameters),
            argument_bytes=len(text),
            caller_id=call.caller_id,
            trace_id=call.trace_id,
            request_id=call.request_id,
            remote_address=call.remote_address,
        )
        began = time.time()
        try:
            outcome = self._runner.run(self._job(catalog, call, intent, text), lambda: self._audit.begin(intent))
        except AllPlacesTaken as error:
            raise TooBusy(str(error), _BUSY_RETRY_SECONDS) from error
        except SandboxUnavailable as error:
            raise Unavailable(str(error), _UNAVAILABLE_RETRY_SECONDS) from error
        ended = _ended(outcome, _returns_validator(catalog, tool))
        try:
            self._audit.end(intent.id, **ended)
        except Unavailable as error:
            # The tool has run: refusing the answer now would make the caller run it a second time.
            log.error("outcome not recorded", execution_id=intent.id, error=str(error))
        return _execution(intent, ended, began)

    @staticmethod
    def _job(catalog: Catalog, call: Call, intent: Intent, arguments: bytes) -> Job:
        tool, runtime = call.tool, call.tool.manifest.runtime
        assert tool.checked.entry is not None  # noqa: S101 -- a sound tool has an entry
        return Job(
            execution_id=intent.id,
            files=catalog.files_of(tool),
            entry=tool.checked.entry,
            arguments=arguments,
            timeout_seconds=min(float(runtime.timeout_seconds), call.timeout_seconds or float("inf")),
            whole_object=tool.checked.whole_object,
            memory_mb=runtime.memory_mb,
            network=runtime.network,
            imports=tool.checked.imports,
        )


def checked_arguments(catalog: Catalog, tool: Tool, arguments: Json) -> Json:
    """The arguments with defaults filled in. Raises InputRefused with every fault, each with its JSON pointer."""
    if not isinstance(arguments, dict):
        fault = Fault("", "the arguments must be one JSON object", "type")
        raise InputRefused(f"{tool.name} cannot take these arguments", [fault])
    completed = with_defaults(tool.manifest.parameters, arguments)
    validator = catalog.derived(("parameters", tool.digest), lambda: compile_schema(tool.manifest.parameters))
    faults = validator.faults(completed)
    if faults:
        raise InputRefused(f"{tool.name} cannot take these arguments", faults)
    return completed


def redacted(value: Json, schema: Json) -> Json:
    """``value`` with everything that its schema marks ``writeOnly`` replaced."""
    if not isinstance(schema, Mapping):
        return value
    if schema.get("writeOnly") is True:
        return REDACTED
    if isinstance(value, dict):
        properties = schema.get("properties")
        inner = properties if isinstance(properties, Mapping) else {}
        return {key: redacted(one, inner.get(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [redacted(one, schema.get("items")) for one in value]
    return value


def _refuse_not_invocable(tool: Tool) -> None:
    if tool.invocable:
        return
    faults = [
        Fault(f"/{one.file}", f"{one.file}:{one.line}:{one.column}: {one.message}", one.code)
        for one in tool.findings
        if one.severity == "error"
    ]
    if faults:
        raise NotInvocable(f"{tool.name} has {len(faults)} findings that must be mended before it can run", faults)
    raise NotInvocable(f"{tool.name} is {tool.manifest.status}: only active and deprecated tools run")


def _returns_validator(catalog: Catalog, tool: Tool) -> Validator | None:
    returns = tool.manifest.returns
    if returns is None:
        return None
    return catalog.derived(("returns", tool.digest), lambda: compile_schema(returns))


def _ended(outcome: Outcome, returns: Validator | None) -> dict[str, Any]:
    """The outcome as the audit keeps it, the result read strictly and checked against ``returns``."""
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
        "error": error,
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "truncated": outcome.truncated,
        "duration_ms": round(outcome.duration_ms, 3),
        "queue_ms": round(outcome.queue_ms, 3),
        "result_bytes": len(outcome.result or b""),
        "log_bytes": len(outcome.stdout.encode()) + len(outcome.stderr.encode()),
    }


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


def _execution(intent: Intent, ended: Mapping[str, Any], began: float) -> Execution:
    asked = {name: getattr(intent, name) for name in Intent.__dataclass_fields__}
    return Execution(**asked, **ended, created_at=began, ended_at=time.time())
