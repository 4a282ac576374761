"""One operation of an API as a tool: its manifest, its program, and what is to be said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.importing.call_programs import read_call_packages
from registry.importing.foreign_schemas import (
    convert_fitting,
    cut_text,
    make_label,
    make_tool_name,
    repair_parameters,
)
from registry.importing.imported_tool import MAX_DESCRIPTION_CHARACTERS, ImportedTool, ImportNote
from registry.model import Json

from .answer_words import describe_answer, list_answer_types
from .api_document import ApiDocument
from .api_operation import ApiOperation, OperationEntry, find_security_schemes, read_operation
from .authentication import Authentication, choose_authentication, find_key_parameters, make_authentication
from .base_address import find_base_address
from .program_text import write_program
from .request_plan import RequestPlan, plan_request

_SHORTEST = 40
_MOST_WORDS = 2
_WORDS_OF_TITLES = re.compile(
    r"the|of|for|rest|open|openapi|swagger|api|apis|spec|specification|official|public|http|web|service|v?\d[\d_]*",
    re.IGNORECASE,
)
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
    prefix = wishes.prefix or _shorten_title(document.title)
    authentication = (
        choose_authentication(operation, schemes, prefix)
        if wishes.auth is None
        else make_authentication(wishes.auth, prefix)
    )
    keys = find_key_parameters(schemes)
    plan, parameters, notes = convert_fitting(
        document.value, lambda converter: plan_request(operation, converter, keys), RequestPlan.schema
    )
    notes_open = [*operation.faults, *address.open_notes, *authentication.open_notes]
    notes_open += repair_parameters(parameters)
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
    done = [*notes.describe(), *plan.notes, *address.done_notes, *authentication.done_notes]
    return ImportedTool(
        name=name,
        manifest=manifest,
        files={"main.py": program},
        packages=read_call_packages("openapi_call", "http_exchange"),
        notes=(*(ImportNote("done", one) for one in done), *(ImportNote("open", one) for one in notes_open)),
    )


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
    category = wishes.category or make_label(wishes.prefix or _shorten_title(document.title)) or "api"
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
    room = MAX_DESCRIPTION_CHARACTERS - len(" ".join(part for part in fixed if part)) - 2
    middle = cut_text(text, room)
    if middle and middle[-1] not in ".!?…":
        middle = middle[: room - 1] + "."
    made = " ".join(part for part in (warned, first, middle, answer, last) if part)
    return made if len(made) >= _SHORTEST else f"{made} The document says no more of it."


def _in_words(name: str) -> str:
    return make_tool_name(name).replace("_", " ").capitalize()


def _shorten_title(title: str) -> str:
    """The words of an API's title that name it: "GitHub v3 REST API" is GitHub."""
    words = re.sub(r"['\u2019]s\b", "", title)
    named = [word for word in re.findall(r"\w+", words) if not _WORDS_OF_TITLES.fullmatch(word)]
    return " ".join(named[:_MOST_WORDS]) or "api"
