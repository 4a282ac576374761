"""Swagger 2.0 in the shape of OpenAPI 3: where bodies, forms, media types and servers stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry.model import Json

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_NOT_SCHEMA = frozenset({"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"})
_STYLES = {
    "csv": ("", False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
}


@dataclass(frozen=True, slots=True)
class ConvertedOperation:
    """What differs in Swagger 2.0, converted."""

    parameters: tuple[Mapping[str, Json], ...]
    body: Mapping[str, Json] | None
    responses: Mapping[str, Json]
    servers: tuple[Mapping[str, Json], ...]


def convert_swagger_operation(
    root: Mapping[str, Json],
    node: Mapping[str, Json],
    parameters: Iterable[Mapping[str, Json]],
    responses: Mapping[str, Json],
) -> ConvertedOperation:
    """Convert one operation of ``root``; parameters and responses have their references followed already."""
    given = list(parameters)
    produces = _media_types(root, node, "produces")
    return ConvertedOperation(
        parameters=tuple(_parameter(one) for one in given if one["in"] not in {"body", "formData"}),
        body=_body(given, _media_types(root, node, "consumes")),
        responses={status: _response(one, produces) for status, one in responses.items()},
        servers=_servers(root, node),
    )


def _media_types(root: Mapping[str, Json], node: Mapping[str, Json], key: str) -> list[str]:
    listed = node.get(key, root.get(key))
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _parameter(given: Mapping[str, Json]) -> Mapping[str, Json]:
    changed: dict[str, Json] = {key: given[key] for key in ("name", "in", "required", "description") if key in given}
    changed["schema"] = _schema(given)
    style, explode = _style(given)
    if style:
        changed["style"] = style
    changed["explode"] = explode
    return changed


def _schema(given: Mapping[str, Json]) -> dict[str, Json]:
    if isinstance(given.get("schema"), dict):
        return dict(given["schema"])
    schema = {key: value for key, value in given.items() if key not in _NOT_SCHEMA}
    if schema.get("type") == "file":
        return {"type": "string", "format": "binary"}
    return schema


def _style(given: Mapping[str, Json]) -> tuple[str, bool]:
    form = given.get("collectionFormat")
    if form == "multi":
        return "form", True
    return _STYLES.get(form if isinstance(form, str) else "csv", ("", False))


def _body(parameters: Sequence[Mapping[str, Json]], consumes: list[str]) -> Mapping[str, Json] | None:
    for one in parameters:
        if one["in"] == "body":
            media = {"schema": one.get("schema", {})}
            told = {key: one[key] for key in ("required", "description") if key in one}
            return {"content": dict.fromkeys(consumes or ["application/json"], media), **told}
    fields = [one for one in parameters if one["in"] == "formData"]
    return _form(fields, consumes) if fields else None


def _form(fields: Sequence[Mapping[str, Json]], consumes: list[str]) -> Mapping[str, Json]:
    properties: dict[str, Json] = {}
    encoding: dict[str, Json] = {}
    for one in fields:
        told = {"description": one["description"]} if one.get("description") else {}
        properties[one["name"]] = {**_schema(one), **told}
        style, explode = _style(one)
        encoding[one["name"]] = {"style": style or "form", "explode": explode}
    required = [one["name"] for one in fields if one.get("required") is True]
    files = any(one.get("type") == "file" for one in fields)
    mime = _MULTIPART if files or (_MULTIPART in consumes and _FORM not in consumes) else _FORM
    schema = {"type": "object", "properties": properties, "required": required}
    return {"content": {mime: {"schema": schema, "encoding": encoding}}, "required": bool(required)}


def _response(given: Mapping[str, Json], produces: list[str]) -> Mapping[str, Json]:
    if "schema" not in given:
        return {"description": given.get("description", ""), "content": {}}
    content = {mime: {"schema": given["schema"]} for mime in produces or ["application/json"]}
    return {"description": given.get("description", ""), "content": content}


def _servers(root: Mapping[str, Json], node: Mapping[str, Json]) -> tuple[Mapping[str, Json], ...]:
    """One server for the host, https before http; without a host, the path alone, which is relative to the document."""
    base = root.get("basePath")
    path = base if isinstance(base, str) else ""
    if path and not path.startswith("/"):
        path = "/" + path
    host = root.get("host")
    if not isinstance(host, str) or not host:
        return ({"url": path or "/"},)
    schemes = node.get("schemes", root.get("schemes"))
    known = [one for one in schemes if one in {"https", "http"}] if isinstance(schemes, list) else []
    scheme = "https" if "https" in known or not known else "http"
    return ({"url": f"{scheme}://{host}{path}"},)
