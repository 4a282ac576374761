"""Schemas of OpenAPI 2.0, 3.0 and 3.1 as JSON Schema 2020-12 for a tool's arguments: no references, no dialect.

What an API's document says of its own defaults is told in words: a ``default`` would be sent with each call, and APIs
refuse some of their defaults together. Constraints that a document states wrongly are dropped, since the server checks
again anyway. Recursion is cut where a schema comes again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from registry import jsonschemas
from registry.errors import ToolcribError
from registry.json_text import dumps
from registry.model import Json

from .document_words import cut_text
from .plain_keywords import allow_null, copy_plain_keywords, find_types
from .schema_merging import merge_all_of

MAX_NODES = 4000
"""Subschemas that one conversion may make; beyond, less detail is asked for."""
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
            allow_null(made)
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
        types = find_types(node)
        kind = types[0] if len(types) == 1 else "object" if "properties" in node else None
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
        copy_plain_keywords(node, made, self._detail.enum)
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
