"""The schema of a tool's result, for the formats that have a place for it."""

from __future__ import annotations

from dataclasses import dataclass

from registry.formats.strict import CannotBeInlined, Reason, inline_schema
from registry.model import Json, Tool

_BASE = "/returns"


@dataclass(frozen=True, slots=True)
class ResultSchema:
    """The schema of the result, or None where there is none to send; and what is different from the author's."""

    schema: Json | None = None
    reasons: tuple[Reason, ...] = ()


def render_result_schema(tool: Tool, *, objects_only: bool) -> ResultSchema:
    """What ``returns`` becomes. A result that the format has no schema for is no reason to leave the tool out."""
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
