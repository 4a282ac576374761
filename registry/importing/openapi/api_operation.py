"""The operations of a document, each in the shape of OpenAPI 3 whatever the document's version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from registry.model import Json

from .api_document import ApiDocument
from .swagger_conversion import convert_swagger_operation

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
MAX_OPERATIONS = 20_000


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """Where one operation stands, and what it is chosen by. ``item`` is its path's object, ``node`` its own."""

    method: str
    path: str
    operation_id: str
    tags: tuple[str, ...]
    item: Mapping[str, Json]
    node: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation, its references followed: parameters by place and name, one body, answers by status.

    ``security`` are the alternatives, each a mapping of schemes that go together. ``faults`` are sentences about what
    could not be read of it.
    """

    entry: OperationEntry
    summary: str
    description: str
    deprecated: bool
    parameters: tuple[Mapping[str, Json], ...]
    body: Mapping[str, Json] | None
    responses: Mapping[str, Json]
    security: tuple[Mapping[str, Json], ...]
    servers: tuple[Mapping[str, Json], ...]
    faults: tuple[str, ...] = ()


def list_operations(document: ApiDocument) -> Iterator[OperationEntry]:
    """Every operation of the document's paths, in its order. What is no operation is passed over."""
    count = 0
    for path, given in _mapping(document.value.get("paths")).items():
        item = _followed(document, given)
        for method in METHODS:
            node = item.get(method)
            if path.startswith("/") and isinstance(node, dict):
                node = {**_followed(document, node), **node}
                count += 1
                if count > MAX_OPERATIONS:
                    return
                tags = tuple(str(tag) for tag in _sequence(node.get("tags")) if isinstance(tag, str | int))
                yield OperationEntry(method, path, str(node.get("operationId") or ""), tags, item, node)


def list_outside_paths(document: ApiDocument) -> list[str]:
    """The paths whose objects are in other documents, or nowhere; nothing of them is known."""
    found = []
    for path, item in _mapping(document.value.get("paths")).items():
        try:
            document.follow(item)
        except LookupError:
            found.append(path)
    return found


def read_operation(document: ApiDocument, entry: OperationEntry) -> ApiOperation:
    """Everything about one operation. References that lead nowhere are told among its faults."""
    faults: list[str] = []
    node = entry.node
    if "$ref" in node:
        _object(document, node, "the operation", faults)
    parameters = _parameters(document, entry, faults)
    body = _object(document, node.get("requestBody"), "the body", faults)
    responses = {str(status): _followed(document, one) for status, one in _mapping(node.get("responses")).items()}
    found = ApiOperation(
        entry=entry,
        summary=_text(node.get("summary") or entry.item.get("summary")),
        description=_text(node.get("description") or entry.item.get("description")),
        deprecated=node.get("deprecated") is True,
        parameters=tuple(parameters),
        body=body,
        responses=responses,
        security=_mappings(node["security"] if "security" in node else document.value.get("security")),
        servers=_mappings(node.get("servers") or entry.item.get("servers") or document.value.get("servers")),
        faults=tuple(faults),
    )
    return _converted(document, found) if document.version == "2.0" else found


def find_security_schemes(document: ApiDocument) -> Mapping[str, Json]:
    """The security schemes by name, in the shape of OpenAPI 3."""
    if document.version == "2.0":
        schemes = _mapping(document.value.get("securityDefinitions"))
        return {
            name: {**one, "type": "http", "scheme": "basic"} if one.get("type") == "basic" else one
            for name, one in schemes.items()
            if isinstance(one, dict)
        }
    components = _mapping(document.value.get("components"))
    schemes = _mapping(components.get("securitySchemes"))
    return {name: _followed(document, one) for name, one in schemes.items()}


def _converted(document: ApiDocument, operation: ApiOperation) -> ApiOperation:
    changed: Any = convert_swagger_operation(
        document.value, operation.entry.node, operation.parameters, operation.responses
    )
    return replace(
        operation,
        parameters=changed.parameters,
        body=changed.body,
        responses=changed.responses,
        servers=changed.servers,
    )


def _parameters(document: ApiDocument, entry: OperationEntry, faults: list[str]) -> list[Mapping[str, Json]]:
    """The path's parameters, those of the operation over them; the operation's come where the path's stood."""
    found: dict[tuple[str, str], Mapping[str, Json]] = {}
    for holder in (entry.item, entry.node):
        for given in _sequence(holder.get("parameters")):
            one = _object(document, given, "a parameter", faults)
            if one and isinstance(one.get("name"), str) and isinstance(one.get("in"), str):
                found[one["in"], one["name"]] = one
    return list(found.values())


def _object(document: ApiDocument, node: Json, what: str, faults: list[str]) -> Mapping[str, Json] | None:
    try:
        found = document.follow(node)
    except LookupError as error:
        reference = str(error.args[0])
        where = (
            "points at nothing in the document"
            if reference.startswith("#")
            else ("is outside of this document and was not fetched; bundle the document into one file first")
        )
        faults.append(f"{what[0].upper()}{what[1:]} is missing: {reference[:200]} {where}.")
        return None
    return found if isinstance(found, dict) else None


def _followed(document: ApiDocument, node: Json) -> Mapping[str, Json]:
    try:
        found = document.follow(node)
    except LookupError:
        return {}
    return found if isinstance(found, dict) else {}


def _mapping(node: Json) -> Mapping[str, Json]:
    return node if isinstance(node, dict) else {}


def _sequence(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def _mappings(node: Json) -> tuple[Mapping[str, Json], ...]:
    return tuple(one for one in _sequence(node) if isinstance(one, dict))


def _text(node: Json) -> str:
    return node if isinstance(node, str) else ""
