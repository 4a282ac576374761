"""Schemas of OpenAPI 2.0, 3.0 and 3.1 as JSON Schema 2020-12 for a tool's arguments: no references, no dialect.

What an API's document says of its own defaults is told in words: a ``default`` would be sent with each call, and APIs
refuse some of their defaults together. Constraints that a document states wrongly are dropped, since the server checks
again anyway. Recursion is cut where a schema comes again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry import jsonschemas
from registry.errors import InputRefused, ToolcribError
from registry.json_text import dumps
from registry.model import Json

from .document_words import cut_text
from .schema_merging import merge_all_of
from .value_types import has_type

MAX_NODES = 4000
"""Subschemas that one conversion may make; beyond, less detail is asked for."""
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
_MOST_SHOWN_DEFAULT = 80
_MOST_OPEN = 60
"""References that may be open one in the other."""


class SchemaTooDetailed(ToolcribError):
    """The schema, written out, has more nodes than may be."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of a schema is kept: levels of objects and lists, characters of descriptions below, values of enums."""

    depth: int
    description: int
    enum: int = 300


@dataclass(slots=True)
class SchemaNotes:
    """What a conversion did: schemas that were cut because they come again, or are too deep; references to nothing."""

    recursive: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    cut: bool = False

    def describe(self) -> list[str]:
        """A sentence for each."""
        words = []
        if self.recursive:
            named = ", ".join(sorted(self.recursive))
            words.append(f"Schemas that contain themselves are written once: {named[:200]}.")
        if self.missing:
            named = ", ".join(sorted(self.missing))
            words.append(f"References that lead out of the document, or nowhere, take any value: {named[:300]}.")
        if self.cut:
            words.append("Its parameters were too large for a model: inner parts take any value.")
        return words


class SchemaConverter:
    """Converts the schemas of one document, whose pointers start at ``root``, for one tool, at one detail."""

    def __init__(self, root: Json, detail: Detail, *, sent: bool = True) -> None:
        """``sent`` is whether values are sent, or else come back: that is what ``readOnly`` turns on."""
        self._root = root
        self._sent = sent
        self._detail = detail
        self._nodes = 0
        self.notes = SchemaNotes()

    def convert(self, schema: Json) -> dict[str, Json]:
        """The schema of a value that is sent. Raises SchemaTooDetailed."""
        try:
            return self._schema(schema, (), 0)
        except RecursionError:
            raise SchemaTooDetailed("The schema is nested too deeply.") from None

    def _schema(self, node: Json, above: tuple[str, ...], depth: int) -> dict[str, Json]:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise SchemaTooDetailed(f"The schema has more than {MAX_NODES} parts.")
        if node is False:
            return {"not": {}}
        if not isinstance(node, dict):
            return {}
        if isinstance(node.get("$ref"), str):
            return self._referred(node, above, depth)
        if depth > self._detail.depth:
            self.notes.cut = True
            return self._shallow(node, "")
        made = self._own(node, depth)
        self._structure(node, made, above, depth)
        made = self._combined(node, made, above, depth)
        if node.get("nullable") is True:
            _allow_null(made)
        return made

    def _referred(self, node: Mapping[str, Json], above: tuple[str, ...], depth: int) -> dict[str, Json]:
        reference: str = node["$ref"]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        try:
            target = jsonschemas.resolve_reference(self._root, reference)
        except LookupError:
            self.notes.missing.add(reference)
            return self._schema(beside, above, depth)
        name = reference.rpartition("/")[2]
        if not isinstance(target, dict):
            return self._schema(beside, above, depth)
        if reference in above or len(above) > _MOST_OPEN:
            self.notes.recursive.add(name)
            return self._shallow(target, name)
        return self._schema({**target, **beside}, (*above, reference), depth)

    def _shallow(self, node: Mapping[str, Json], again: str) -> dict[str, Json]:
        """A schema without what is inside of it."""
        made: dict[str, Json] = {}
        kind = _TYPES.get(node["type"]) if isinstance(node.get("type"), str) else None
        if kind is None and "properties" in node:
            kind = "object"
        if kind:
            made["type"] = kind
        if kind == "array":
            made["items"] = {}
        text = f"Again {again}." if again else cut_text(node.get("description"), self._detail.description)
        if text:
            made["description"] = text
        return made

    def _own(self, node: Mapping[str, Json], depth: int) -> dict[str, Json]:
        """The keywords of the node that hold no schema."""
        made: dict[str, Json] = {}
        text = self._description(node, depth)
        if text:
            made["description"] = text
        types = _types(node)
        if types:
            made["type"] = types[0] if len(types) == 1 else types
        _copy_values(node, made, self._detail.enum)
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
        return made

    def _description(self, node: Mapping[str, Json], depth: int) -> str:
        most = 600 if depth == 0 else self._detail.description
        text = cut_text(node.get("description") or node.get("title"), most)
        extra = ""
        if "default" in node and node["default"] is not None and most:
            shown = dumps(node["default"]).decode()
            if len(shown) <= _MOST_SHOWN_DEFAULT:
                extra = f"The server's default is {shown}."
        return " ".join(part for part in (_ended(text) if extra else text, extra) if part)

    def _structure(self, node: Mapping[str, Json], made: dict[str, Json], above: tuple[str, ...], depth: int) -> None:
        """What is inside: properties, items, other properties."""
        properties = node.get("properties")
        if isinstance(properties, dict):
            made.setdefault("type", "object")
            sent = {name: one for name, one in properties.items() if not self._is_read_only(one)}
            made["properties"] = {name: self._schema(one, above, depth + 1) for name, one in sent.items()}
            required = node.get("required")
            names = [name for name in _texts(required) if name in sent or name not in properties]
            if names:
                made["required"] = list(dict.fromkeys(names))
        elif _texts(node.get("required")):
            made["required"] = list(dict.fromkeys(_texts(node["required"])))
        more = node.get("additionalProperties")
        if isinstance(more, dict):
            made["additionalProperties"] = self._schema(more, above, depth + 1)
        elif isinstance(more, bool):
            made["additionalProperties"] = more
        items = node.get("items")
        listed = items if isinstance(items, list) else node.get("prefixItems")
        if isinstance(listed, list) and listed:
            made["prefixItems"] = [self._schema(one, above, depth + 1) for one in listed]
            if items is False:
                made["maxItems"], items = len(listed), {}
        if not isinstance(items, list) and (items is not None or made.get("type") == "array"):
            made.setdefault("type", "array")
            made["items"] = self._schema(items, above, depth + 1)
        elif made.get("type") == "array":
            made["items"] = {}

    def _is_read_only(self, node: Json) -> bool:
        if not self._sent:
            return False
        for _ in range(5):
            if not isinstance(node, dict) or node.get("readOnly") is True:
                break
            if not isinstance(node.get("$ref"), str):
                break
            try:
                node = jsonschemas.resolve_reference(self._root, node["$ref"])
            except LookupError:
                return False
        return isinstance(node, dict) and node.get("readOnly") is True

    def _combined(
        self, node: Mapping[str, Json], made: dict[str, Json], above: tuple[str, ...], depth: int
    ) -> dict[str, Json]:
        """With ``allOf`` merged in, and alternatives: oneOf as anyOf, since what they describe overlaps in practice."""
        branches = node.get("allOf")
        if isinstance(branches, list) and branches:
            made = merge_all_of([*(self._schema(one, above, depth) for one in branches), made])
        for key in ("oneOf", "anyOf"):
            listed = node.get(key)
            if not isinstance(listed, list) or not listed:
                continue
            told = self._discriminated(node.get("discriminator"), listed)
            made_ones = [self._schema(one, above, depth + 1) for one in listed]
            for one, (name, value) in zip(made_ones, told, strict=True):
                _tell_apart(one, name, value)
            unique = list({dumps(one): one for one in made_ones}.values())
            if {} in unique:
                continue  # one that takes everything
            made = merge_all_of([unique[0], made]) if len(unique) == 1 else merge_all_of([{"anyOf": unique}, made])
        return made

    def _discriminated(self, discriminator: Json, branches: Iterable[Json]) -> list[tuple[str, str]]:
        """For each branch the discriminating property and its value there; empty where it is not told."""
        name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        values = {
            str(target).rpartition("/")[2]: value
            for value, target in (mapping.items() if isinstance(mapping, dict) else ())
        }
        told = []
        for branch in branches:
            reference = branch.get("$ref") if isinstance(branch, dict) else None
            schema = reference.rpartition("/")[2] if isinstance(reference, str) else ""
            told.append((name, values.get(schema, schema)) if isinstance(name, str) and schema else ("", ""))
        return told


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else text + "."


def _texts(node: Json) -> list[str]:
    return [one for one in node if isinstance(one, str)] if isinstance(node, list) else []


def _types(node: Mapping[str, Json]) -> list[str]:
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


def _allow_null(made: dict[str, Json]) -> None:
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    elif isinstance(made.get("type"), list) and "null" not in made["type"]:
        made["type"] = [*made["type"], "null"]
    if isinstance(made.get("enum"), list) and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    if isinstance(made.get("anyOf"), list):
        made["anyOf"] = [*made["anyOf"], {"type": "null"}]


def _tell_apart(branch: dict[str, Json], name: str, value: str) -> None:
    """Say the value that tells this alternative from the others."""
    if not name or branch.get("type") != "object" or "properties" not in branch:
        return
    known = branch["properties"].get(name)
    if isinstance(known, dict) and ("const" in known or len(known.get("enum", ())) == 1):
        return
    described = {"description": known["description"]} if isinstance(known, dict) and "description" in known else {}
    branch["properties"] = {**branch["properties"], name: {"type": "string", "const": value, **described}}
    branch["required"] = list(dict.fromkeys([*branch.get("required", ()), name]))
