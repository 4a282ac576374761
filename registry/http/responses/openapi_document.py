"""``/openapi.json``: OpenAPI 3.1, made from the routes and their descriptions, with the shapes of ``schemas/``.

Source of the format: the OpenAPI Specification 3.1.0.
"""

from __future__ import annotations

import re
from importlib.metadata import version

from flask import Flask

from registry.http.contract import QueryParameter, RouteDescription, load_components
from registry.model import Json

from .problems import MEDIA_TYPE

_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# What any request may be answered with, often before a route is looked for.
_ALWAYS = (400, 403, 408, 414, 417, 431, 500, 503)
_WITH_BODY = (401, 413, 415, 501)
_PATH_PARAMETERS = {
    "name": "The tool's name.",
    "package": "The shared package's name.",
    "toolset_name": "The toolset's name.",
    "path": "The file's path inside the folder.",
    "execution_id": "The execution's id.",
    "proposal_id": "The proposal's id: its branch without `toolcrib/`.",
    "number": "The version's number, from 1.",
}
_SIGNATURE: Json = {
    "name": "X-Hub-Signature-256",
    "in": "header",
    "required": True,
    "description": "`sha256=` and the HMAC-SHA-256 of the body in hexadecimal, keyed with the hook's secret.",
    "schema": {"type": "string"},
}


def make_openapi_document(app: Flask) -> Json:
    """The document of every described route. A route without a description is a fault of ours: KeyError."""
    paths: dict[str, dict[str, Json]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("page."):
            continue  # what people see in a browser is no part of the API
        description = list_descriptions(app)[rule.endpoint]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) & _METHODS:
            operation = _operation(rule.endpoint, description, sorted(rule.arguments), changes=method != "GET")
            paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Toolcrib",
            "version": version("toolcrib"),
            "description": "Tools in a Git repository, for people and for models.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": load_components(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def list_descriptions(app: Flask) -> dict[str, RouteDescription]:
    """What each endpoint says of itself."""
    return {name: view.description for name, view in app.view_functions.items() if hasattr(view, "description")}


def _operation(endpoint: str, description: RouteDescription, path_names: list[str], *, changes: bool) -> Json:
    statuses = sorted({*_ALWAYS, *description.problems, *(_WITH_BODY if changes else ())})
    answers: dict[str, Json] = {str(code): _problem(description.refusals.get(code)) for code in statuses}
    for code, shape in description.answers.items():
        answers[str(code)] = _answer(shape)
    operation: dict[str, Json] = {
        "operationId": endpoint.replace(".", "_"),
        "summary": description.summary,
        "tags": [endpoint.split(".", maxsplit=1)[0]],
        "parameters": [
            *map(_in_path, path_names),
            *map(_in_query, description.query),
            *([_if_match(description.if_match)] if description.if_match else []),
        ],
        "responses": answers,
    }
    if description.body is not None:
        content = {"application/json": {"schema": _reference(description.body)}}
        if description.patch is not None:
            content["application/merge-patch+json"] = {"schema": _reference(description.patch)}
        operation["requestBody"] = {"required": not description.optional_body, "content": content}
    if description.signed:
        operation["parameters"].append(_SIGNATURE)
    elif changes:
        operation["security"] = [{}, {"token": []}]  # the token is needed only where the operator set one
    return operation


def _in_path(name: str) -> Json:
    text = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "description": _PATH_PARAMETERS[name], "schema": text}


def _in_query(parameter: QueryParameter) -> Json:
    described = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": parameter.schema,
    } | ({"required": True} if parameter.required else {})
    return described | {"style": "form", "explode": True} if parameter.many else described


def _if_match(needed: str) -> Json:
    return {
        "name": "If-Match",
        "in": "header",
        "required": needed == "required",
        "description": "The state of the tool that the edit was made from: its ETag, or its digest.",
        "schema": {"type": "string", "minLength": 1},
    }


def _answer(shape: str | None) -> Json:
    if shape is None:
        return {"description": "As the summary says."}
    return {"description": "As the summary says.", "content": {"application/json": {"schema": _reference(shape)}}}


def _problem(other: str | None = None) -> Json:
    content = {MEDIA_TYPE: {"schema": _reference("Problem")}}
    if other is None:
        return {"description": "A problem (RFC 9457).", "content": content}
    content["application/json"] = {"schema": _reference(other)}
    return {"description": f"A problem (RFC 9457), or a {other} that says what is wrong.", "content": content}


def _reference(shape: str) -> Json:
    return {"$ref": f"#/components/schemas/{shape}"}
