"""Tools with parameters as people and generators write them: nested, referring, combining, deep, unusual.

One author writes them all, from any source of chance: a seeded one makes the same tools everywhere, hypothesis's own
makes ones that shrink.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from registry.jsonschemas import Parts, compile_schema, resolve_reference, walk_subschemas
from registry.manifest import check_folder
from registry.model import File, Folder, Tool

Json = Any
NAMES = ["host", "port", "mode", "id", "limit", "labels", "when", "kind", "value", "a_b", "Zone", "_x"]
WORDS = ["add", "drop", "on", "off", "é", "a b", "", "x" * 20]
PATTERNS = ["^[a-z]+$", "^[0-9]{2,4}$", "^(on|off)$", "[.]"]
FORMATS = ["date", "date-time", "email", "uri", "ipv4", "uuid", "hostname", "made-up"]
SCALARS = ["string", "integer", "number", "boolean", "null"]


@dataclass
class Author:
    """Writes one schema. ``definitions`` are its ``$defs``, written when they are first referred to."""

    chance: Random
    definitions: dict[str, Json] = field(default_factory=dict)
    writing: list[str] = field(default_factory=list)

    def parameters(self) -> Json:
        """A root object."""
        schema = self.object(self.chance.randint(1, 4), root=True)
        for keyword, value in {"not": self.assertion(), "if": self.assertion(), "const": {"host": "a"}}.items():
            if self.rarely(40):
                schema[keyword] = value
        if self.definitions:
            schema["$defs"] = self.definitions
        without_invalid_defaults(schema)
        return schema

    def rarely(self, one_in: int) -> bool:
        return self.chance.randrange(one_in) == 0

    def schema(self, depth: int) -> Json:
        if depth <= 0:
            return self.annotated(self.scalar())
        flat = [self.scalar, self.scalar, self.listed, self.listed, self.odd]
        nested = [self.object, self.array, self.union, self.both, self.reference, self.several, self.with_fragments]
        if self.rarely(2):
            return self.annotated(self.chance.choice(flat)())
        return self.annotated(self.chance.choice(nested)(depth))

    def annotated(self, schema: Json) -> Json:
        if isinstance(schema, bool):
            return schema
        if not self.rarely(3):
            schema["description"] = self.chance.choice(["What it is.", "A value without an end", "Says: it."])
        for keyword, value in {"title": "Title", "$comment": "for us", "deprecated": True, "x-order": 3}.items():
            if self.rarely(12):
                schema[keyword] = value
        if self.rarely(8):
            schema["default"] = self.chance.choice([None, "on", 3, [], {}, True])
        if self.rarely(15):
            schema["examples"] = [1, "on"]
        return schema

    def scalar(self) -> Json:
        kind = self.chance.choice(SCALARS)
        schema: Json = {"type": kind}
        if self.rarely(4):
            schema["type"] = [kind, "null"] if kind != "null" else ["null", "string"]
        return schema | self.bounds(kind)

    def bounds(self, kind: str) -> Json:
        chosen: Json = {}
        options: Json
        if kind == "string":
            options = {"minLength": self.chance.randint(0, 2), "maxLength": self.chance.randint(2, 9)}
            options |= {"pattern": self.chance.choice(PATTERNS), "format": self.chance.choice(FORMATS)}
            options |= {"contentEncoding": "base64"}
        elif kind in {"integer", "number"}:
            options = {"minimum": self.chance.randint(-3, 3), "maximum": self.chance.randint(3, 99)}
            options |= {
                "exclusiveMinimum": -5,
                "exclusiveMaximum": 100.5,
                "multipleOf": self.chance.choice([1, 2, 0.5]),
            }
        else:
            return {}
        for keyword, value in options.items():
            if self.rarely(4):
                chosen[keyword] = value
        return chosen

    def listed(self) -> Json:
        if self.rarely(5):
            return {"const": self.chance.choice(["add", 1, None, True, {"a": 1}, 2.5])}
        values: Json = self.chance.sample(WORDS, self.chance.randint(1, 4))
        if self.rarely(4):
            values += self.chance.sample([1, 2.5, None, False, [1], {"b": 2}], self.chance.randint(1, 3))
        schema: Json = {"enum": values}
        if self.rarely(2):
            schema["type"] = self.chance.choice(["string", ["string", "null"]])
        if self.rarely(5):
            schema["maxLength"] = 3
        return schema

    def object(self, depth: int, *, root: bool = False) -> Json:
        names = self.chance.sample(NAMES, self.chance.randint(0, 4))
        schema: Json = {"type": "object"}
        if names or self.rarely(2):
            schema["properties"] = {name: self.schema(depth - 1) for name in names}
        schema["required"] = [name for name in names if self.rarely(2)]
        if not schema["required"] and self.rarely(2):
            del schema["required"]
        if self.rarely(2):
            schema["additionalProperties"] = False
        elif self.rarely(6):
            schema["additionalProperties"] = self.chance.choice([True, {}, {"type": "string"}])
        extras: Json = {"patternProperties": {"^x-": {"type": "string"}}, "minProperties": 1, "maxProperties": 3}
        extras |= {"propertyNames": {"maxLength": 9}, "unevaluatedProperties": False}
        extras |= {"dependentRequired": dict.fromkeys(names, names[:1])}
        for keyword, value in extras.items():
            if self.rarely(25):
                schema[keyword] = value
        if not root and self.rarely(10):
            schema["required"] = [*schema.get("required", []), "told_nowhere"]
        return schema

    def array(self, depth: int) -> Json:
        schema: Json = {"type": "array"}
        if not self.rarely(5):
            schema["items"] = self.schema(depth - 1)
        extras: Json = {
            "minItems": self.chance.randint(0, 2),
            "maxItems": self.chance.randint(2, 4),
            "uniqueItems": True,
        }
        for keyword, value in extras.items():
            if self.rarely(5):
                schema[keyword] = value
        extras = {"prefixItems": [{"type": "string"}], "contains": {"type": "string"}, "unevaluatedItems": False}
        for keyword, value in extras.items():
            if self.rarely(20):
                schema[keyword] = value
        return schema

    def union(self, depth: int) -> Json:
        keyword = self.chance.choice(["anyOf", "oneOf"])
        if self.rarely(2):
            return {keyword: self.tagged(depth)}
        return {keyword: [self.schema(depth - 1) for _ in range(self.chance.randint(1, 3))]}

    def tagged(self, depth: int) -> list[Json]:
        branches = []
        for tag in self.chance.sample(["add", "drop", "on"], 2):
            branch = self.object(depth - 1)
            branch["properties"] = branch.get("properties", {}) | {"kind": {"const": tag}}
            branch["required"] = ["kind", *(name for name in branch.get("required", []) if name != "kind")]
            branches.append(branch)
        return branches

    def with_fragments(self, depth: int) -> Json:
        schema = self.object(depth)
        names = list(schema.get("properties", {}))
        schema[self.chance.choice(["anyOf", "oneOf"])] = [{"required": [name]} for name in names] or [{}]
        return schema

    def both(self, depth: int) -> Json:
        schema = self.schema(depth - 1)
        more = [self.schema(depth - 1)] if self.rarely(2) else [self.assertion()]
        if isinstance(schema, bool) or self.rarely(3):
            return {"allOf": [schema, *more]}
        return {**schema, "allOf": more}

    def assertion(self) -> Json:
        options: list[Json] = [{"minLength": 1}, {"maximum": 50}, {"required": ["host"]}, {"minItems": 1}, {}]
        options += [{"properties": {"host": {"maxLength": 4}}}, {"type": ["string", "integer", "object"]}, True]
        return self.chance.choice(options)

    def several(self, depth: int) -> Json:
        kinds = self.chance.sample([*SCALARS, "array", "object"], self.chance.randint(1, 4))
        schema: Json = {"type": kinds, "minLength": 1, "minimum": 1}
        if "array" in kinds and self.rarely(2):
            schema["items"] = self.schema(depth - 1)
        if "object" in kinds:
            schema |= self.object(depth - 1) | {"type": kinds}
        return schema

    def odd(self) -> Json:
        options: list[Json] = [{}, True, False, {"minLength": 2}, {"properties": {"host": {"type": "string"}}}]
        options += [{"type": "string", "not": {"const": "x"}}, {"items": {"type": "integer"}}, {"enum": [None]}]
        options += [
            {"type": "string", "minimum": 3},
            {"type": "string", "if": {"minLength": 3}, "then": {"pattern": "a"}},
        ]
        chosen = self.chance.choice(options)
        return chosen if isinstance(chosen, bool) else dict(chosen)

    def reference(self, depth: int) -> Json:
        name = self.chance.choice(["node", "shape", "item", "a/b"])
        if name not in self.definitions and name not in self.writing:
            self.writing.append(name)
            self.definitions[name] = self.schema(depth - 1)
            self.writing.remove(name)
        schema: Json = {"$ref": "#/$defs/" + name.replace("/", "~1")}
        if name in self.writing and not self.rarely(20):
            return {"type": "string"}  # else it refers to itself
        if self.rarely(6):
            beside = self.assertion()
            schema |= beside if isinstance(beside, dict) and self.rarely(2) else {"description": "Beside."}
        return schema


def without_invalid_defaults(schema: Json) -> None:
    """Take out the defaults that break their own schema, which the check refuses."""
    parts = Parts(schema)
    for path, node in list(walk_subschemas(schema)):
        if "default" in node and not parts.at(path).accepts(node["default"]):
            del node["default"]


def made_tool(chance: Random) -> Tool | None:
    """A tool whose parameters an author wrote; None where the folder's check refuses it."""
    parameters = Author(chance).parameters()
    author = Author(chance)
    returns = author.schema(2) if chance.randrange(2) else author.object(2)
    manifest: Json = {"name": "made", "description": "Made by chance, to see what formats do with it.", "title": "Made"}
    manifest |= {"parameters": parameters, "annotations": {"read_only": True}}
    if isinstance(returns, dict) and "$ref" not in json.dumps(returns):
        without_invalid_defaults(returns)
        manifest["returns"] = returns
    properties = parameters.get("properties", {})
    arguments = {name: written(part, parameters, chance, 6) for name, part in properties.items()}
    if compile_schema(parameters).accepts(arguments):
        manifest["examples"] = [{"name": "one", "arguments": arguments}]
    return tool_of(manifest)


def tool_of(manifest: Json, main: str = "def main(**arguments):\n    return arguments\n") -> Tool | None:
    """The checked tool of a manifest, or None where the check refuses it."""
    contents = {"tool.yaml": json.dumps(manifest).encode(), "main.py": main.encode()}
    files = tuple(File(path, "regular", len(data), "0" * 40) for path, data in contents.items())
    checked = check_folder(Folder(manifest["name"], "0" * 40, files, contents))
    if not checked.sound:
        return None
    return Tool(manifest["name"], checked, files, "0" * 40, "0" * 40, 1, uncommitted=False)


def written(schema: Json, root: Json, chance: Random, depth: int) -> Json:
    """A value that more or less fits a schema: often valid, often just not."""
    if not isinstance(schema, dict) or depth <= 0:
        return chance.choice([None, 0, "on", [], {}])
    if "$ref" in schema:
        return written(resolve_reference(root, schema["$ref"]), root, chance, depth - 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema and ("type" not in schema or chance.randrange(3) == 0):
            return written(chance.choice(schema[keyword]), root, chance, depth - 1)
    if "enum" in schema or "const" in schema:
        return chance.choice(schema["enum"]) if "enum" in schema else schema["const"]
    kind = schema.get("type", chance.choice([*SCALARS, "object", "array"]))
    kind = chance.choice(kind) if isinstance(kind, list) else kind
    return _of_type(kind, schema, root, chance, depth)


def _of_type(kind: str, schema: Json, root: Json, chance: Random, depth: int) -> Json:
    if kind == "object":
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        given = [name for name in properties if name in required or chance.randrange(2)]
        value = {name: written(properties[name], root, chance, depth - 1) for name in given}
        return value | ({"extra": 1} if chance.randrange(12) == 0 else {})
    if kind == "array":
        most = min(schema.get("maxItems", 3), 3)
        count = chance.randint(min(schema.get("minItems", 0), most), most)
        return [written(schema.get("items", True), root, chance, depth - 1) for _ in range(count)]
    if kind in {"integer", "number"}:
        return chance.choice([0, 1, 2, 3, 4, 50, 98, -2, *([1.5, 2.5] if kind == "number" else [])])
    if kind == "string":
        samples = ["abc", "12", "on", "x.y", "", "a", "2026-01-31", "2026-01-31T10:00:00Z", "a@example.org"]
        samples += ["192.0.2.1", "00000000-0000-4000-8000-000000000000", "http://example.org/"]
        return chance.choice(samples)
    return None if kind == "null" else chance.random() < 0.5
