"""What a caller asks for, and whether it may run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from ..catalog import Catalog
from ..errors import Fault, InputRefused, NotInvocable
from ..jsonschemas import compile as compile_schema
from ..jsonschemas import with_defaults
from ..model import Json, Tool


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool. ``timeout_seconds`` may shorten the tool's own limit, never lengthen it."""

    tool: Tool
    arguments: Json
    timeout_seconds: float | None = None
    caller_id: str | None = None
    trace_id: str | None = None
    request_id: str | None = None
    remote_address: str | None = None
    execution_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def refuse_not_invocable(tool: Tool) -> None:
    """Raises NotInvocable, with every finding that is in the way."""
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
