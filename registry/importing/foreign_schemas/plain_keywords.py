"""The keywords of a foreign schema that hold no schema, as JSON Schema has them; what is stated wrongly is left out."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from registry import jsonschemas
from registry.errors import InputRefused
from registry.json_text import dumps
from registry.model import Json

from .value_types import has_type

_TYPES = {
    **{name: name for name in ("string", "integer", "number", "boolean", "array", "object", "null")},
    **dict.fromkeys(("file", "text", "str", "date", "datetime", "date-time", "uuid", "char"), "string"),
    **dict.fromkeys(("int", "int32", "int64", "long"), "integer"),
    **dict.fromkeys(("float", "double", "decimal"), "number"),
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "map": "object",
}
_FORMATS = frozenset({"date-time", "date", "time", "email", "uuid", "ipv4", "ipv6", "hostname", "uri"})
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")


def copy_plain_keywords(node: Mapping[str, Json], made: dict[str, Json], most_values: int) -> None:
    """Copy types, values and bounds of a node into a schema; an enum only up to so many values."""
    types = find_types(node)
    if types:
        made["type"] = types[0] if len(types) == 1 else types
    _copy_values(node, made, most_values)
    if "integer" in types or "number" in types or not types:
        _copy_numbers(node, made)
    for key in _COUNTS:
        value = node.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            made[key] = value
    _copy_text_rules(node, made)
    if node.get("uniqueItems") is True:
        made["uniqueItems"] = True
    if node.get("writeOnly") is True or node.get("format") == "password":
        made["writeOnly"] = True


def find_types(node: Mapping[str, Json]) -> list[str]:
    """The types that a node says, by their names in JSON Schema; what is no type is left out."""
    given = node.get("type")
    listed = given if isinstance(given, list) else [given]
    found = [_TYPES[one] for one in listed if isinstance(one, str) and one in _TYPES]
    return list(dict.fromkeys(found))


def _copy_values(node: Mapping[str, Json], made: dict[str, Json], most: int) -> None:
    """``enum`` and ``const``, as far as the type can have them."""
    if "const" in node and has_type(node["const"], made.get("type")):
        made["const"] = node["const"]
    values = node.get("enum")
    if not isinstance(values, list) or not values:
        return
    unique = list({dumps(one): one for one in values}.values())
    possible = [one for one in unique if has_type(one, made.get("type"))]
    if not possible:
        made.pop("type", None)  # a document's slip: numbers in quotes, or the wrong type
        possible = unique
    if len(possible) <= most:
        made["enum"] = possible


def _copy_numbers(node: Mapping[str, Json], made: dict[str, Json]) -> None:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        value, strict = node.get(bound), node.get(exclusive)
        if _is_number(strict):
            made[exclusive] = strict
        if _is_number(value):
            made[exclusive if strict is True else bound] = value
    step = node.get("multipleOf")
    if isinstance(step, int | float) and not isinstance(step, bool) and step > 0:
        made["multipleOf"] = step


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _copy_text_rules(node: Mapping[str, Json], made: dict[str, Json]) -> None:
    form = node.get("format")
    if isinstance(form, str) and form in _FORMATS and made.get("type", "string") == "string" and "enum" not in made:
        made["format"] = form
    pattern = node.get("pattern")
    if isinstance(pattern, str) and not (pattern.startswith("/") and pattern.endswith("/")) and _is_readable(pattern):
        made["pattern"] = pattern
    media = node.get("contentMediaType")
    if form == "binary" or (isinstance(media, str) and "contentEncoding" not in node):
        made.update(type="string", contentMediaType=str(media or "application/octet-stream")[:100])
    elif form == "byte" and made.get("type") == "string":
        made["contentEncoding"] = "base64"


@functools.lru_cache(maxsize=4096)
def _is_readable(pattern: str) -> bool:
    try:
        jsonschemas.compile_schema({"pattern": pattern})
    except InputRefused:
        return False
    return True


def allow_null(made: dict[str, Json]) -> None:
    """Make null one of the values that a schema takes."""
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    elif isinstance(made.get("type"), list) and "null" not in made["type"]:
        made["type"] = [*made["type"], "null"]
    if isinstance(made.get("enum"), list) and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    if isinstance(made.get("anyOf"), list):
        made["anyOf"] = [*made["anyOf"], {"type": "null"}]
