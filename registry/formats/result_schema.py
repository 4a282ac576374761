"""The schema of a tool's result, for the formats that can send one."""

from __future__ import annotations

from dataclasses import dataclass

from registry.formats.strict import CannotBeInlined, Reason, inline_schema
from registry.model import Json, Tool

_BASE = "/returns"


@dataclass(frozen=True, slots=True)
class ResultSchema:
    """The schema of the result, or None to send none; and what differs from the author's schema."""

    schema: Json | None = None
    reasons: tuple[Reason, ...] = ()


def render_result_schema(tool: Tool, *, objects_only: bool) -> ResultSchema:
    """Render ``returns``. If the format cannot express it, the tool is sent without a schema of its result."""
    source = tool.manifest.returns
    if source is None:
        return ResultSchema()
    try:
        ready = inline_schema(source, _BASE)
    except CannotBeInlined as refused:
        return ResultSchema(reasons=(Reason(refused.reason.pointer, f"returns is left out: {refused}"),))
    if objects_only and ready.schema.get("type") != "object":
        return ResultSchema(reasons=(Reason(_BASE, "returns is left out: it is not of type object"),))
    return ResultSchema(ready.schema, ready.reasons)
