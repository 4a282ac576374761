"""The rules for the JSON Schemas in a manifest, and for the examples, which must be valid for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry import jsonschemas
from registry.errors import InputRefused
from registry.model import Json

from .finding_report import FindingReport, Path, split_fault_pointer, to_kebab
from .vocabulary_rules import check_possible_values, check_vocabulary

_PARAMETER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_COSTED_LEVELS = 16  # a schema that doubles the work at each level shows by then
_ROOT_COMBINATORS = ("anyOf", "oneOf", "allOf", "$ref")


def check_schemas(value: dict[str, Json], report: FindingReport) -> None:
    """Report what is wrong with ``parameters``, ``returns`` and the examples of a manifest."""
    parameters = _usable(value, "parameters", report)
    returns = _usable(value, "returns", report)
    check_vocabulary(value, report)
    if isinstance(value.get("parameters"), dict):
        _check_parameters(value["parameters"], report)
    examples = value.get("examples")
    if isinstance(examples, list):
        _check_examples(examples, parameters, returns, report)


def _usable(value: dict[str, Json], key: str, report: FindingReport) -> jsonschemas.Validator | None:
    """The compiled schema under ``key``; None if there is none or it is wrong, which is reported."""
    schema = value.get(key)
    if not isinstance(schema, dict) or report.has_fault_at((key,)):
        return None
    validator = _compiled(schema, (key,), report)
    if validator is not None:
        _check_defaults(schema, (key,), report)
        check_possible_values(schema, (key,), report)
        if jsonschemas.has_references(schema) and jsonschemas.is_recursive(schema):
            message = f"{key} refers to itself: models that take no recursive schemas will not be offered this tool."
            report.at((key,), "schema-recursive", message, "warning")
        _check_cost(key, validator, report)
    return validator


def _check_cost(key: str, validator: jsonschemas.Validator, report: FindingReport) -> None:
    """Note a schema that asks so much of one value that ordinary arguments may be too much to check."""
    dearest = validator.find_dearest_value(_COSTED_LEVELS)
    if dearest > jsonschemas.COSTLY_VALUE:
        parts = max(1, jsonschemas.ALLOWED_WORK // dearest)
        message = (
            f"Checking against {key} may take so much work that values of more than {parts} parts can be refused: "
            "write enum in place of alternatives of const, and give alternatives a property that tells them apart."
        )
        report.at((key,), "schema-costly", message, "warning")


def _compiled(schema: Json, path: Path, report: FindingReport) -> jsonschemas.Validator | None:
    try:
        return jsonschemas.compile_schema(schema)
    except InputRefused as refused:
        for fault in refused.faults:
            place = (*path, *split_fault_pointer(fault, schema))
            if not report.has_fault_at(place):
                report.at(place, f"schema-{to_kebab(fault.code)}", f"{'/'.join(map(str, place))}: {fault.message}.")
    return None


def _check_defaults(schema: Json, path: Path, report: FindingReport) -> None:
    parts = jsonschemas.Parts(schema)
    for below, node in jsonschemas.walk_subschemas(schema):
        if "default" not in node:
            continue
        for fault in parts.at(below).faults(node["default"]):
            place = (*path, *below, "default")
            report.at(place, "default-invalid", f"The default breaks its own schema: {fault.message}.")


def _check_parameters(schema: dict[str, Json], report: FindingReport) -> None:
    for key in _ROOT_COMBINATORS:
        if key in schema:
            message = f"{key} at the root of parameters is refused by model providers; write one plain object."
            report.at_key(("parameters",), key, "parameters-root-combinator", message)
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        properties = {}
    for name, property_schema in properties.items():
        if not _PARAMETER_NAME.match(name):
            message = "A parameter's name is letters, digits and _, not beginning with a digit, at most 64 characters."
            report.at_key(("parameters", "properties"), name, "parameter-name", message)
        if isinstance(property_schema, dict) and not _described(schema, property_schema):
            message = f"Parameter {name[:64]} has no description; say what it is, for the model."
            report.at_key(("parameters", "properties"), name, "parameter-undescribed", message, "warning")
    required = schema.get("required")
    for index, name in enumerate(required if isinstance(required, list) else ()):
        if isinstance(name, str) and name not in properties:
            message = f"{jsonschemas.shorten_value(name)} is required but not among the properties; describe it there."
            report.at(("parameters", "required", index), "required-unknown", message)


def _described(root: Json, schema: dict[str, Json]) -> bool:
    if schema.get("description"):
        return True
    reference = schema.get("$ref")
    try:
        target = jsonschemas.resolve_reference(root, reference) if isinstance(reference, str) else None
    except LookupError:
        return True  # a finding of its own
    return isinstance(target, dict) and bool(target.get("description"))


def _check_examples(
    examples: list[Json],
    parameters: jsonschemas.Validator | None,
    returns: jsonschemas.Validator | None,
    report: FindingReport,
) -> None:
    seen: set[str] = set()
    for path, example in _readable(examples, report):
        name = example["name"]
        if name in seen:
            report.at(
                (*path, "name"), "example-name-twice", f"Two examples are named {jsonschemas.shorten_value(name)}."
            )
        seen.add(name)
        if parameters is not None:
            arguments = jsonschemas.fill_defaults(parameters.schema, example["arguments"])
            _against(parameters, arguments, (*path, "arguments"), "example-arguments", report)
        if returns is not None and "result" in example:
            _against(returns, example["result"], (*path, "result"), "example-result", report)
        if "matches" in example:
            _compiled(example["matches"], (*path, "matches"), report)


def _readable(examples: list[Json], report: FindingReport) -> Iterator[tuple[Path, dict[str, Json]]]:
    for index, example in enumerate(examples):
        path: Path = ("examples", index)
        if report.has_fault_below(path) or not isinstance(example, dict):
            continue
        if isinstance(example.get("name"), str) and isinstance(example.get("arguments"), dict):
            yield path, example


def _against(validator: jsonschemas.Validator, value: Json, path: Path, code: str, report: FindingReport) -> None:
    for fault in validator.faults(value):
        report.at((*path, *split_fault_pointer(fault, value)), code, f"{'/'.join(map(str, path))}: {fault.message}.")
