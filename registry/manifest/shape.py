"""The shape of tool.yaml: ``schemas/tool.schema.json`` is the one place where it is written."""

from __future__ import annotations

import functools
import json
from pathlib import Path as FilePath
from typing import Final

from registry import jsonschemas
from registry.errors import Fault
from registry.manifest.report import Path, Report, path_of
from registry.model import Json

SCHEMA_FILE: Final = FilePath(__file__).parents[2] / "schemas" / "tool.schema.json"
_CODES = {
    "required": "missing-field",
    "type": "wrong-type",
    "enum": "not-allowed",
    "const": "not-allowed",
    "pattern": "bad-format",
    "minLength": "bad-length",
    "maxLength": "bad-length",
    "minItems": "bad-length",
    "maxItems": "bad-length",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
    "uniqueItems": "repeated-item",
    "not": "example-expects-twice",
}


@functools.cache
def tool_schema() -> dict[str, Json]:
    """``schemas/tool.schema.json``, read once."""
    schema: dict[str, Json] = json.loads(SCHEMA_FILE.read_bytes())
    return schema


@functools.cache
def _validator() -> jsonschemas.Validator:
    return jsonschemas.compile(tool_schema())


@functools.cache
def _requirement() -> jsonschemas.Validator:
    return jsonschemas.compile(tool_schema()["$defs"]["requirement"])


def is_requirement(text: str) -> bool:
    """Whether a dependency is written as the schema wants it, wherever it stands."""
    return _requirement().accepts(text)


def check_shape(value: Json, report: Report) -> None:
    """Note every place where ``value`` does not have the shape of a manifest."""
    for fault in _validator().faults(value):
        path = path_of(fault, value)
        if fault.code == "additionalProperties":
            _unknown_fields(value, path, report)
        else:
            _note(value, path, fault, report)


def _note(value: Json, path: Path, fault: Fault, report: Report) -> None:
    code = _CODES.get(fault.code, "bad-value")
    message = f"{'/'.join(map(str, path)) or 'tool.yaml'}: {fault.message}."
    if path[:1] == ("parameters",) and (path == ("parameters", "type") or (len(path) == 1 and code == "missing-field")):
        code, message = "parameters-not-object", "The root of parameters must say `type: object`."
    elif fault.code == "not":
        message = "An example expects at most one of result, matches and error; keep one of them."
    elif fault.code == "pattern":
        message = f"{jsonschemas.shown(_value_at(value, path))} is not allowed here. {_description(path)}"
    elif code == "missing-field" and not path:
        message = f"{fault.message}. A tool.yaml has at least name, description and parameters."
    report.at(path, code, message)


def _unknown_fields(value: Json, path: Path, report: Report) -> None:
    known = _schema_at(path).get("properties", {})
    for key in _value_at(value, path):
        if key not in known:
            guess = jsonschemas.nearest(key, known)
            hint = f"did you mean {guess}?" if guess else f"known are {', '.join(known)}; free fields go into metadata."
            report.at_key(path, key, "unknown-field", f"Unknown field {jsonschemas.shown(key)}: {hint}")


def _value_at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]
    return value


def _schema_at(path: Path) -> dict[str, Json]:
    """The tool schema's own part for a path, through ``properties``, ``items`` and its local references."""
    node: dict[str, Json] = tool_schema()
    for step in path:
        node = node.get("items", {}) if isinstance(step, int) else node.get("properties", {}).get(step, {})
        if "$ref" in node:
            node = tool_schema()["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _description(path: Path) -> str:
    return str(_schema_at(path).get("description", ""))
