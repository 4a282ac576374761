"""What a run becomes for a model: content that it reads, and the same as a value where that is an object.

A tool that failed, or that refused its arguments, is a result too (``isError``): only so can the model correct itself.
"""

from __future__ import annotations

from typing import Any

from mcp_types import CallToolResult, Result, TextContent

from registry.audit import Execution
from registry.content import has_content, list_blocks, strip_bytes
from registry.errors import ToolcribError
from registry.json_text import dumps
from registry.jsonschemas import Validator
from registry.model import Json

from .content_forms import make_mcp_blocks

_RECORD = "toolcrib/execution"
_LOG_CHARACTERS = 4000
_ONLY_STATELESS = {"result_type", "ttl_ms", "cache_scope"}


def write_call_result(result: Result, *, stateless: bool) -> bytes:
    """A result as JSON text; the earlier revisions do not have all its fields."""
    left_out = {"structured_content"} | (set() if stateless else _ONLY_STATELESS)
    made = result.model_dump(by_alias=True, exclude_none=True, exclude=left_out, mode="json")
    if isinstance(result, CallToolResult) and result.structured_content is not None:
        made["structuredContent"] = result.structured_content  # as it is: it may be deeper than a model takes it
    return dumps(made)


def make_execution_result(execution: Execution, returns: Validator | None = None) -> CallToolResult:
    """How a run ended. ``returns`` is what the tool promises of its result, if that is an object."""
    record = {
        "id": execution.id,
        "tool": execution.tool,
        "version": execution.version,
        "revision": execution.revision,
        "status": execution.status,
        "duration_ms": execution.duration_ms,
        **({"coerced": list(execution.coerced)} if execution.coerced else {}),
    }
    meta = {_RECORD: record}
    if not execution.success:
        return CallToolResult(content=_texts(*_failure(execution)), is_error=True, _meta=meta)
    result, blocks = execution.result, list_blocks(execution.result, execution.content)
    said = [] if has_content(result) or (blocks and result is None) else _texts(_shown(result))
    content = said + make_mcp_blocks(execution.id, blocks)
    return CallToolResult(content=content, structured_content=_structured(result, returns), _meta=meta)


def _structured(result: Json, returns: Validator | None) -> Json:
    """The result as a value, where it is an object.

    Blocks have their own form. But where the tool promises an object, the protocol wants one that keeps the promise:
    the blocks without their bytes, if that does.
    """
    if not isinstance(result, dict) or (has_content(result) and returns is None):
        return None
    if not has_content(result):
        return result
    described = strip_bytes(result)
    return described if returns is not None and returns.accepts(described) else result


def make_value_result(value: dict[str, Any]) -> CallToolResult:
    """What one of our own tools gives."""
    return CallToolResult(content=_texts(_shown(value)), structured_content=value)


def make_refusal_result(error: ToolcribError) -> CallToolResult:
    """The tool did not run, and why: every fault, so that one correction is enough."""
    lines = [str(error), *(f"{fault.pointer or '/'}: {fault.message}" for fault in error.faults)]
    return CallToolResult(content=_texts("\n".join(lines)), is_error=True)


def _failure(execution: Execution) -> list[str]:
    error = execution.error or {"kind": execution.status, "message": "the tool did not succeed"}
    said = [f"{error['kind']}: {error['message']}"]
    details = error.get("details") or {}
    said += [f"{fault['pointer'] or '/'}: {fault['message']}" for fault in details.get("errors", ())]
    said += [details["traceback"][-_LOG_CHARACTERS:].rstrip()] if details.get("traceback") else []
    said += [f"It returned:\n{details['returned']}"] if details.get("returned") else []
    printed = "\n".join(text.rstrip("\n") for text in (execution.stdout, execution.stderr) if text.strip())
    return ["\n".join(said), *([f"It printed:\n{printed[-_LOG_CHARACTERS:]}"] if printed else [])]


def _shown(value: Json) -> str:
    """Text as it is, everything else as JSON."""
    return value if isinstance(value, str) else dumps(value).decode()


def _texts(*texts: str) -> list[Any]:
    return [TextContent(type="text", text=text) for text in texts]
