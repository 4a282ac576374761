"""The shape of tool.yaml, which is defined only in ``schemas/tool.schema.json``."""

from __future__ import annotations

import functools
from typing import Final

from registry import jsonschemas
from registry.errors import Fault
from registry.model import Json

from .finding_report import FindingReport, Path
from .schema_check import SchemaFile, Worded


def _own_words(path: Path, fault: Fault, usual: Worded) -> Worded:
    code, message = usual
    if path[:1] == ("parameters",) and (path == ("parameters", "type") or (len(path) == 1 and code == "missing-field")):
        return "parameters-not-object", "The root of parameters must say `type: object`."
    if fault.code == "not":
        return code, "An example expects at most one of result, matches and error; keep one of them."
    if code == "missing-field" and not path:
        return code, f"{fault.message}. A tool.yaml has at least name, description and parameters."
    return code, message


_SCHEMA: Final = SchemaFile("tool.schema.json", _own_words, "tool.yaml", "; free fields go into metadata")
SCHEMA_FILE: Final = _SCHEMA.path


def load_tool_schema() -> dict[str, Json]:
    """The content of ``schemas/tool.schema.json``, read once."""
    return _SCHEMA.schema


def find_schema_at(path: Path) -> dict[str, Json]:
    """The part of the tool schema for a path into a manifest."""
    return _SCHEMA.at(path)


def check_shape(value: Json, report: FindingReport) -> None:
    """Report every place where ``value`` does not have the shape of a manifest."""
    _SCHEMA.check(value, report)


@functools.cache
def _requirement() -> jsonschemas.Validator:
    return jsonschemas.compile_schema(load_tool_schema()["$defs"]["requirement"])


def is_requirement(text: str) -> bool:
    """Whether a dependency, from tool.yaml or elsewhere, has the form that the schema requires."""
    return _requirement().accepts(text)
