"""What an operation takes: a tool's parameters, and how the program puts them into the request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.importing.foreign_schemas import ArgumentNames, SchemaConverter, cut_text
from registry.model import Json

from .api_operation import ApiOperation
from .authentication import is_key_parameter

JSON_TYPE = re.compile(r"(application|text)/([\w.+-]+\+)?json\Z")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 120
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
_PLACES = ("path", "query", "header", "cookie")
_FILE = {
    "type": "object",
    "properties": {
        "base64": {"type": "string", "description": "The content, as base64."},
        "name": {"type": "string", "description": "The file's name."},
        "mime": {"type": "string", "description": "Its media type."},
    },
    "required": ["base64"],
    "additionalProperties": False,
}


@dataclass(slots=True)
class RequestPlan:
    """``properties`` and ``required`` are the tool's; ``parameters`` and ``body`` keywords of the program's values."""

    properties: dict[str, Json] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    body: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    def schema(self) -> dict[str, Json]:
        """The tool's parameters as a schema."""
        made: dict[str, Json] = {"type": "object", "properties": self.properties}
        if self.required:
            made["required"] = self.required
        return {**made, "additionalProperties": False}


def plan_request(
    operation: ApiOperation,
    converter: SchemaConverter,
    key_parameters: set[tuple[str, str]],
) -> RequestPlan:
    """Plan one operation. ``key_parameters`` are filled by credentials. Raises SchemaTooDetailed."""
    plan, names = RequestPlan(), ArgumentNames()
    for parameter in _ordered(operation, key_parameters):
        _plan_parameter(parameter, converter, plan, names)
    if operation.body is not None:
        _plan_body(operation.body, converter, plan, names)
    return plan


def _ordered(operation: ApiOperation, key_parameters: set[tuple[str, str]]) -> list[Mapping[str, Json]]:
    """The parameters by place; those that the path has and nobody describes are texts."""
    path = operation.entry.path
    wanted = [
        one
        for one in operation.parameters
        if one["in"] in _PLACES
        and (one["in"], one["name"].lower()) not in key_parameters
        and not (one["in"] == "header" and one["name"].lower() in _IGNORED_HEADERS)
        and not is_key_parameter(one)
        and (one["in"] != "path" or "{" + one["name"] + "}" in path)
    ]
    described = {one["name"] for one in wanted if one["in"] == "path"}
    missing = [name for name in dict.fromkeys(re.findall(r"\{([^{}]+)\}", path)) if name not in described]
    wanted += [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in missing]
    return sorted(wanted, key=lambda one: _PLACES.index(one["in"]))


def _plan_parameter(
    parameter: Mapping[str, Json],
    converter: SchemaConverter,
    plan: RequestPlan,
    names: ArgumentNames,
) -> None:
    name, place = parameter["name"], parameter["in"]
    content = parameter.get("content")
    media = next(iter(content.values()), None) if isinstance(content, dict) else None
    given = media.get("schema") if isinstance(media, dict) else parameter.get("schema")
    schema = converter.convert(given if given is not None else {"type": "string"})
    argument = names.take(name, place)
    text = cut_text(parameter.get("description"), 600) or schema.get("description")
    default = re.search(r"The server's default is .*\Z", schema.get("description", ""))
    if default and text and default[0] not in text:
        text = f"{text} {default[0]}"
    schema["description"] = text or f"{name[:100]}, in the {place}."
    if place == "path" and schema.get("type") == "string" and "enum" not in schema:
        schema["minLength"] = max(1, schema.get("minLength", 1))
    plan.properties[argument] = _typed(schema)
    if place == "path" or parameter.get("required") is True:
        plan.required.append(argument)
    plan.parameters.append(_described(parameter, argument, schema, as_json=media is not None))


def _described(
    parameter: Mapping[str, Json], argument: str, schema: Mapping[str, Json], *, as_json: bool
) -> dict[str, Any]:
    """The keywords of the program's Parameter, without those that make no difference."""
    name, place = parameter["name"], parameter["in"]
    made: dict[str, Any] = {"argument": argument, "place": place}
    if name != argument:
        made["name"] = name
    if as_json:
        return {**made, "as_json": True}
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if not any(kind in {"string", "integer", "number", "boolean"} for kind in kinds) or {"array", "object"} & set(
        kinds
    ):
        usual = "form" if place in {"query", "cookie"} else "simple"
        style = parameter.get("style") if isinstance(parameter.get("style"), str) else usual
        explode = parameter.get("explode")
        if style != usual:
            made["style"] = style
        if explode if isinstance(explode, bool) else style == "form":
            made["explode"] = True
    elif parameter.get("style") in {"label", "matrix"}:
        made["style"] = parameter["style"]
    if parameter.get("allowReserved") is True:
        made["reserved"] = True
    return made


def _plan_body(body: Mapping[str, Json], converter: SchemaConverter, plan: RequestPlan, names: ArgumentNames) -> None:
    content = _mapping(body.get("content"))
    chosen = _choose_type(content)
    if chosen is None:
        return
    mime, media = chosen
    others = [one for one in content if one != mime]
    if others:
        plan.notes.append(f"The body is sent as {mime}; the API also takes {', '.join(others)[:200]}.")
    given: Mapping[str, Json] = _mapping(media.get("schema"))
    required = body.get("required") is True
    described = cut_text(body.get("description"), 600)
    mime = "application/json" if mime in {"*/*", "application/*"} else mime.partition(";")[0].strip().lower()
    if mime in {FORM, MULTIPART} or JSON_TYPE.match(mime):
        schema = converter.convert(given)
        if _has_fields(schema) or mime in {FORM, MULTIPART}:
            _plan_fields(mime, media, schema, plan, names, required=body.get("required"))
            return
        keywords: dict[str, Any] = {"mime": mime}
    else:
        schema, keywords = _raw_body(mime, given)
    argument = names.take("body", "body")
    schema["description"] = described or schema.get("description") or f"The body, as {mime}."
    if keywords.get("base64"):
        schema["description"] += " As base64."
    plan.properties[argument] = _typed(schema)
    if required:
        plan.required.append(argument)
    plan.body = {**keywords, "argument": argument}


def _mapping(node: Json) -> Mapping[str, Json]:
    return node if isinstance(node, dict) else {}


def _choose_type(content: Mapping[str, Json]) -> tuple[str, Mapping[str, Json]] | None:
    """JSON before forms before text before anything else."""

    def rank(mime: str) -> int:
        plain = mime.partition(";")[0].strip().lower()
        if plain == "application/json":
            return 0
        if plain == "application/merge-patch+json":
            return 1
        if JSON_TYPE.match(plain) or plain in {"*/*", "application/*"}:
            return 2
        if plain == FORM:
            return 3
        if plain == MULTIPART:
            return 4
        return 5 if plain.startswith("text/") else 6

    known = {mime: media for mime, media in content.items() if isinstance(media, dict)}
    if not known:
        return None
    mime = min(known, key=rank)
    return mime, known[mime]


def _has_fields(schema: Mapping[str, Json]) -> bool:
    """Whether a body is an object of so few and known fields that each can be a parameter."""
    return (
        schema.get("type") == "object"
        and 0 < len(schema.get("properties", ())) <= MOST_FIELDS
        and schema.get("additionalProperties", False) is False
        and not schema.keys() & {"anyOf", "allOf", "enum", "const"}
    )


def _plan_fields(
    mime: str,
    media: Mapping[str, Json],
    schema: Mapping[str, Json],
    plan: RequestPlan,
    names: ArgumentNames,
    *,
    required: Json,
) -> None:
    encoding = _mapping(media.get("encoding"))
    fields, styles, files = {}, {}, []
    for name, given in _form_properties(schema).items():
        argument = names.take(name, "body")
        one = dict(given)
        if mime == MULTIPART and _is_file(one):
            one = _as_file(one)
            files.append(name)
        one["description"] = one.get("description") or f"{name[:100]}, in the body."
        plan.properties[argument] = _typed(one)
        fields[argument] = name
        if name in schema.get("required", ()) and required is not False:
            # Many documents forget to say that a body is required, and say it of its fields.
            plan.required.append(argument)
        style = _form_style(encoding.get(name))
        if style:
            styles[name] = style
    plan.body = {"mime": mime, "fields": fields, "required": required is True}
    if mime == FORM and styles:
        plan.body["styles"] = styles
    if files:
        plan.body["files"] = tuple(files)


def _typed(schema: dict[str, Json]) -> dict[str, Json]:
    """The schema, which says that anything may be where the document says nothing."""
    if schema.keys() & {"type", "enum", "const", "anyOf", "allOf", "not"}:
        return schema
    return {"type": ["string", "number", "boolean", "object", "array", "null"], **schema}


def _form_properties(schema: Mapping[str, Json]) -> dict[str, Json]:
    """The fields of a form, those of alternatives too: a form is always an object."""
    found: dict[str, Json] = {}
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        found |= _form_properties(one)
    found |= schema.get("properties", {})
    return found


def _form_style(encoding: Json) -> str:
    if not isinstance(encoding, dict):
        return ""
    style, explode = encoding.get("style"), encoding.get("explode")
    if style in {"deepObject", "spaceDelimited", "pipeDelimited", "tabDelimited"}:
        return str(style)
    return "comma" if explode is False else ""


def _is_file(schema: Mapping[str, Json]) -> bool:
    items = schema.get("items")
    if schema.get("type") == "array" and isinstance(items, dict):
        return _is_file(items)
    return "contentMediaType" in schema


def _as_file(schema: Mapping[str, Json]) -> dict[str, Json]:
    text = schema.get("description") or "A file."
    if schema.get("type") == "array":
        return {"type": "array", "items": _FILE, "description": text}
    return {**_FILE, "description": text}


def _raw_body(mime: str, given: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Any]]:
    """A body that is no JSON and no form: text as it is, anything else as base64."""
    text = mime.startswith("text/") or re.search(r"(xml|yaml|javascript|ndjson|graphql|sql)\Z", mime)
    described = cut_text(given.get("description"), 600)
    schema: dict[str, Json] = {"type": "string", **({"description": described} if described else {})}
    return schema, {"mime": mime} if text else {"mime": mime, "base64": True}
