"""One operation of an API as a tool: its manifest, its program, and what is to be said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry import jsonschemas
from registry.importing.call_programs import read_call_packages
from registry.importing.imported_tool import ImportedTool, ImportNote
from registry.json_text import dumps
from registry.model import Json

from .answer_words import describe_answer, list_answer_types
from .api_document import ApiDocument
from .api_operation import ApiOperation, OperationEntry, find_security_schemes, read_operation
from .argument_names import make_label, make_tool_name
from .authentication import Authentication, choose_authentication, find_key_parameters, make_authentication
from .base_address import find_base_address
from .document_words import cut_text
from .program_text import write_program
from .request_plan import RequestPlan, plan_request
from .schema_conversion import Detail, SchemaConverter, SchemaNotes, SchemaTooDetailed

MAX_DESCRIPTION_LENGTH = 1024
MAX_PARAMETERS_BYTES = 16 * 1024
"""Of a tool's parameters as JSON: a model reads all of it before each call."""
_DETAILS = (
    Detail(8, 300),
    Detail(6, 160),
    Detail(4, 120),
    Detail(3, 80),
    Detail(2, 80, 100),
    Detail(1, 60, 50),
    Detail(1, 0, 20),
    Detail(0, 0, 20),
)
_SHORTEST = 40
_READING = frozenset({"get", "head", "options", "trace", "query"})


@dataclass(frozen=True, slots=True)
class OperationWishes:
    """What is the same for all tools of an import.

    ``server`` is the address instead of the document's, ``prefix`` the beginning of names, and ``auth`` how callers
    show who they are instead of what the document says: bearer, basic, none, header:NAME, query:NAME or cookie:NAME.
    """

    server: str | None = None
    prefix: str = ""
    category: str = ""
    auth: str | None = None


def make_operation_tool(document: ApiDocument, entry: OperationEntry, wishes: OperationWishes) -> ImportedTool:
    """The tool of one operation. Raises InputRefused where its server's address is not known."""
    operation = read_operation(document, entry)
    schemes = find_security_schemes(document)
    address = find_base_address(document, operation, wishes.server)
    prefix = _secret_prefix(document, wishes)
    authentication = (
        choose_authentication(operation, schemes, prefix)
        if wishes.auth is None
        else make_authentication(wishes.auth, prefix)
    )
    plan, notes = _fit(document, operation, find_key_parameters(schemes))
    parameters = plan.schema()
    notes_open = [*operation.faults, *address.open_notes, *authentication.open_notes]
    notes_open += _repair(parameters)
    name = make_tool_name(f"{wishes.prefix} {entry.operation_id or f'{entry.method} {entry.path}'}")
    manifest = _manifest(document, operation, wishes, name, parameters, authentication)
    if notes_open:
        manifest["status"] = "draft"
    program = write_program(
        method=entry.method.upper(),
        server=address.url,
        path=entry.path,
        parameters=plan.parameters,
        body=plan.body,
        credentials=authentication.credentials,
        accept=list_answer_types(operation),
    )
    done = [*_schema_words(notes), *plan.notes, *address.done_notes, *authentication.done_notes]
    return ImportedTool(
        name=name,
        manifest=manifest,
        files={"main.py": program},
        packages=read_call_packages("openapi_call", "http_exchange"),
        notes=(*(ImportNote("done", one) for one in done), *(ImportNote("open", one) for one in notes_open)),
    )


def _fit(
    document: ApiDocument, operation: ApiOperation, key_parameters: set[tuple[str, str]]
) -> tuple[RequestPlan, SchemaNotes]:
    """The plan with as much detail as fits what a model should read."""
    plan, converter = RequestPlan(), SchemaConverter(document, _DETAILS[-1])
    for detail in _DETAILS:
        converter = SchemaConverter(document, detail)
        try:
            plan = plan_request(document, operation, converter, key_parameters)
        except SchemaTooDetailed:
            continue
        if len(dumps(plan.schema())) <= MAX_PARAMETERS_BYTES:
            break
    return plan, converter.notes


def _repair(parameters: dict[str, Json]) -> list[str]:
    """Take what is no JSON Schema out of the parameters; a sentence for each that was taken out."""
    told = []
    for _ in range(2):
        faults = jsonschemas.check_schema(parameters)
        if not faults:
            break
        for fault in faults:
            steps = [step.replace("~1", "/").replace("~0", "~") for step in fault.pointer.split("/")[1:]]
            names = [steps[1]] if len(steps) > 1 and steps[0] == "properties" else list(parameters["properties"])
            for name in names:
                given = parameters["properties"][name]
                parameters["properties"][name] = {"description": given.get("description", name)}
            told.append(f"{', '.join(names)[:100]}: its schema is not usable and was left out ({fault.message}).")
    return told


def _manifest(
    document: ApiDocument,
    operation: ApiOperation,
    wishes: OperationWishes,
    name: str,
    parameters: Mapping[str, Json],
    authentication: Authentication,
) -> dict[str, Any]:
    entry = operation.entry
    secrets = list(dict.fromkeys(secret for one in authentication.credentials for secret in one.secrets))
    tags = [label for tag in entry.tags[:10] if (label := make_label(tag))]
    category = wishes.category or make_label(wishes.prefix or document.title) or "api"
    manifest: dict[str, Any] = {
        "name": name,
        "title": cut_text(operation.summary, 100) or _in_words(name),
        "description": _description(document, operation),
        "category": category,
        "parameters": parameters,
        "annotations": make_annotations(entry.method),
        "runtime": {"timeout_seconds": 30, "network": True, **({"secrets": secrets[:20]} if secrets else {})},
        "shared": ["openapi_call"],
        "metadata": {"openapi": _origin(document, entry)},
    }
    if tags:
        manifest["tags"] = list(dict.fromkeys(tags))
    return manifest


def _origin(document: ApiDocument, entry: OperationEntry) -> dict[str, str]:
    """Where a tool comes from, so that another import can be compared with it."""
    origin = {"api": document.title, "operation": f"{entry.method.upper()} {entry.path}"}
    if entry.operation_id:
        origin["operation_id"] = entry.operation_id
    if document.address:
        origin["document"] = document.address
    return origin


def make_annotations(method: str) -> dict[str, bool]:
    """What a method promises by HTTP's own rules. POST promises nothing, so nothing is said of what it destroys."""
    reads = method in _READING
    made = {"read_only": reads, "idempotent": reads or method in {"put", "delete"}, "open_world": True}
    if reads:
        made["destructive"] = False
    elif method in {"put", "patch", "delete"}:
        made["destructive"] = True
    return made


def _description(document: ApiDocument, operation: ApiOperation) -> str:
    """Summary, description and what comes back, in at most 1,024 characters; the ends are kept, the middle is cut."""
    entry = operation.entry
    named = entry.operation_id or f"{entry.method} {entry.path}"
    summary = cut_text(operation.summary or operation.description or _in_words(named), 300)
    text = cut_text(operation.description, 4000)
    if text.casefold().startswith(summary.rstrip(".").casefold()):
        summary = ""
    first = f"{summary}." if summary and summary[-1] not in ".!?…" else summary
    warned = "Deprecated." if operation.deprecated else ""
    last = f"Sends {entry.method.upper()} {cut_text(entry.path, 150)} to {document.title}."
    answer = describe_answer(document, operation)
    fixed = [warned, first, answer, last]
    room = MAX_DESCRIPTION_LENGTH - len(" ".join(part for part in fixed if part)) - 2
    middle = cut_text(text, room)
    if middle and middle[-1] not in ".!?…":
        middle = middle[: room - 1] + "."
    made = " ".join(part for part in (warned, first, middle, answer, last) if part)
    return made if len(made) >= _SHORTEST else f"{made} The document says no more of it."


def _in_words(name: str) -> str:
    return make_tool_name(name).replace("_", " ").capitalize()


def _secret_prefix(document: ApiDocument, wishes: OperationWishes) -> str:
    return wishes.prefix or re.sub(r"(?i)\b(the|rest|open ?api|swagger|api|v?\d[\d.]*)\b", " ", document.title) or "api"


def _schema_words(notes: SchemaNotes) -> list[str]:
    words = []
    if notes.recursive:
        named = ", ".join(sorted(notes.recursive))
        words.append(f"Schemas that contain themselves are written once: {named[:200]}.")
    if notes.missing:
        named = ", ".join(sorted(notes.missing))
        words.append(f"References that lead out of the document, or nowhere, take any value: {named[:300]}.")
    if notes.cut:
        words.append("Its parameters were too large for a model: inner parts take any value.")
    return words
