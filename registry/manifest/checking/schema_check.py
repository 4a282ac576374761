"""Check a YAML file against its schema in ``schemas/``: a finding for each fault, with its position, in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath

from registry import jsonschemas
from registry.errors import Fault
from registry.model import Json
from registry.package_files import SCHEMAS

from .finding_report import FindingReport, Path, split_fault_pointer

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
Worded = tuple[str, str]
"""A finding's code and message."""


@dataclass(frozen=True)
class SchemaFile:
    """One kind of file and its schema, which is read once, at first use.

    ``own_words`` words faults for this kind of file; it gets the path, the fault and the usual wording. ``whole`` names
    the file in messages about all of it; ``elsewhere`` says where an unknown field may belong.
    """

    name: str
    own_words: Callable[[Path, Fault, Worded], Worded]
    whole: str
    elsewhere: str = ""

    @property
    def path(self) -> FilePath:
        """The schema's file."""
        return SCHEMAS / self.name

    @cached_property
    def schema(self) -> dict[str, Json]:
        """The schema as JSON."""
        found: dict[str, Json] = json.loads(self.path.read_bytes())
        return found

    @cached_property
    def validator(self) -> jsonschemas.Validator:
        """The schema, compiled."""
        return jsonschemas.compile_schema(self.schema)

    def check(self, value: Json, report: FindingReport) -> None:
        """Report every place where ``value`` does not fit the schema."""
        for fault in self.validator.faults(value):
            path = split_fault_pointer(fault, value)
            if fault.code == "additionalProperties":
                self._unknown_fields(value, path, report)
            else:
                report.at(path, *self.own_words(path, fault, self._worded(value, path, fault)))

    def at(self, path: Path) -> dict[str, Json]:
        """The part of the schema for a path, through ``properties``, ``items`` and its local references."""
        node = self.schema
        for step in path:
            node = node.get("items", {}) if isinstance(step, int) else node.get("properties", {}).get(step, {})
            if "$ref" in node:
                node = self.schema["$defs"][node["$ref"].rpartition("/")[2]]
        return node

    def _worded(self, value: Json, path: Path, fault: Fault) -> Worded:
        code = _CODES.get(fault.code, "bad-value")
        if fault.code == "pattern":
            wanted = self.at(path).get("description", "")
            return code, f"{jsonschemas.shorten_value(_value_at(value, path))} is not allowed here. {wanted}"
        return code, f"{'/'.join(map(str, path)) or self.whole}: {fault.message}."

    def _unknown_fields(self, value: Json, path: Path, report: FindingReport) -> None:
        known = self.at(path).get("properties", {})
        for key in _value_at(value, path):
            if key not in known:
                guess = jsonschemas.find_nearest(key, known)
                hint = f"did you mean {guess}?" if guess else f"known are {', '.join(known)}{self.elsewhere}."
                report.at_key(path, key, "unknown-field", f"Unknown field {jsonschemas.shorten_value(key)}: {hint}")


def _value_at(value: Json, path: Path) -> Json:
    for step in path:
        value = value[step]
    return value
