"""What a caller asks for, and whether it may run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from registry.catalog import Catalog
from registry.errors import Fault, InputRefused, NotInvocable
from registry.json_text import loads
from registry.jsonschemas import (
    ALLOWED_WORK,
    NOT_CHECKED,
    IntegerWriter,
    Validator,
    WorkBudget,
    WorkExceeded,
    compile_schema,
    drop_absent_nulls,
    fill_defaults,
    holds_null,
    list_changed_places,
    may_hold_json,
    read_texts,
)
from registry.model import Json, Tool


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool. ``timeout_seconds`` may shorten the tool's own limit, never lengthen it.

    ``tried``: the tool is what an edit would make of it, see :mod:`.trial_catalog`. ``trusted``: whoever tries it runs
    the service, so that it gets what a committed tool would. ``allowed_work``: units that checking the arguments may
    take; the calls of one request share what is allowed for a request.
    """

    tool: Tool
    arguments: Json
    timeout_seconds: float | None = None
    caller_id: str | None = None
    trace_id: str | None = None
    request_id: str | None = None
    remote_address: str | None = None
    tried: bool = False
    trusted: bool = False
    allowed_work: int = ALLOWED_WORK
    execution_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def refuse_not_invocable(tool: Tool, *, tried: bool = False) -> None:
    """Raises NotInvocable, with every finding that is in the way. An edit may be tried whatever its status."""
    if tool.invocable or (tried and tool.checked.sound):
        return
    faults = [
        Fault(f"/{one.file}", f"{one.file}:{one.line}:{one.column}: {one.message}", one.code)
        for one in tool.findings
        if one.severity == "error"
    ]
    if faults:
        raise NotInvocable(f"{tool.name} has {len(faults)} findings that must be mended before it can run", faults)
    raise NotInvocable(f"{tool.name} is {tool.manifest.status}: only active and deprecated tools run")


@dataclass(frozen=True, slots=True)
class TakenArguments:
    """Arguments that a tool takes. ``given`` is what it gets, ``came`` what is kept of them: as they came, with
    defaults, and without nulls that stand for what is not given.

    ``coerced`` are pointers into ``came`` of what reaches the tool in another form: a text that was read as the JSON
    that it holds, or a number such as 1.0 as the integer that it is.
    """

    given: Json
    came: Json
    coerced: tuple[str, ...] = ()


def check_arguments(
    catalog: Catalog, tool: Tool, arguments: Json, allowed_work: int = ALLOWED_WORK, *, lossless: bool = True
) -> TakenArguments:
    """The arguments as the tool takes them. ``lossless``: texts that the schema refuses may be read as JSON.

    They may be JSON text, as some models' APIs hand them over. Raises InputRefused with every fault, each with its JSON
    pointer.
    """
    whole: tuple[str, ...] = ()
    if isinstance(arguments, str):
        arguments, again = _read(tool, arguments, lossless=lossless)
        whole = ("",) if again else ()
    if not isinstance(arguments, dict):
        fault = Fault("", "the arguments must be one JSON object", "type")
        raise InputRefused(f"{tool.name} cannot take these arguments", [fault])
    parameters = tool.manifest.parameters
    validator = catalog.derived(("parameters", tool.digest), lambda: compile_schema(parameters))
    try:
        came, faults = _completed(parameters, validator, arguments, WorkBudget(allowed_work))
        budget = WorkBudget(allowed_work)  # of its own: what is told of a refusal does not depend on it
        given = read_texts(came, validator, budget) if faults and lossless else came
        if given is not came:
            faults = ()
        if not faults:
            writer = catalog.derived(("integers", tool.digest), lambda: IntegerWriter(validator))
            given, faults = writer.write(given, budget)
    except WorkExceeded:
        faults = (NOT_CHECKED,)
    if faults:
        raise InputRefused(f"{tool.name} cannot take these arguments", faults)
    changed = list_changed_places(arguments, given) if given is not came else ()
    return TakenArguments(given, came, (*whole, *changed))


def _completed(
    parameters: Json, validator: Validator, arguments: Json, budget: WorkBudget
) -> tuple[Json, tuple[Fault, ...]]:
    """The arguments with defaults and without absent nulls, and what is wrong with them; paid from one budget."""
    completed = fill_defaults(parameters, arguments, budget)
    if holds_null(arguments) and not validator.accepts(completed, budget):
        # A null that stands for "not given" is a fault, so only then there is anything to look for.
        given = drop_absent_nulls(arguments, parameters, validator, budget)
        completed = fill_defaults(parameters, given, budget)
    return completed, validator.faults(completed, budget)


def _read(tool: Tool, text: str, *, lossless: bool) -> tuple[Json, bool]:
    """Arguments that are JSON text, and whether that was text in text; a model that has none may leave it empty."""
    if not text.strip():
        return {}, False
    try:
        once = value = loads(text)
        while lossless and isinstance(value, str) and may_hold_json(value):
            value = loads(value)
    except InputRefused as refused:
        fault = Fault("", f"the arguments are text and no JSON: {refused}", "json")
        raise InputRefused(f"{tool.name} cannot take these arguments", [fault]) from None
    return value, value is not once
