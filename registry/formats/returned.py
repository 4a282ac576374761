"""The schema of a tool's result, for the formats that have a place for it."""

from __future__ import annotations

from dataclasses import dataclass

from registry.model import Json, Tool

from .compiled import Reason
from .prepared import CannotBePrepared, prepared

_BASE = "/returns"


@dataclass(frozen=True, slots=True)
class Returned:
    """The schema of the result, or None where there is none to send; and what is different from the author's."""

    schema: Json | None = None
    reasons: tuple[Reason, ...] = ()


def returned(tool: Tool, *, objects_only: bool) -> Returned:
    """What ``returns`` becomes. A result that the format has no schema for is no reason to leave the tool out."""
    source = tool.manifest.returns
    if source is None:
        return Returned()
    try:
        ready = prepared(source, _BASE)
    except CannotBePrepared as refused:
        return Returned(reasons=(Reason(refused.reason.pointer, f"returns is left out: {refused}"),))
    if objects_only and ready.schema.get("type") != "object":
        return Returned(reasons=(Reason(_BASE, "returns is left out: it is not of type object"),))
    return Returned(ready.schema, ready.reasons)
