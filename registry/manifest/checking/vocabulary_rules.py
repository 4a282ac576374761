"""Whether a schema says what its author means: keywords that exist, values that can occur, parameters of some type."""

from __future__ import annotations

from collections.abc import Iterator

from registry import jsonschemas
from registry.model import Json

from .finding_report import FindingReport, Path

_TOLD_AT_MOST = 100
_VALUES_AT_MOST = 2_000
# JSON Schema 2020-12: core, applicators, validation, unevaluated, format, content and meta-data; and what it still
# allows of the drafts before. ``discriminator`` is OpenAPI's, and pydantic writes it.
_KEYWORDS = (
    jsonschemas.SINGLES
    | jsonschemas.LISTS
    | jsonschemas.MAPS
    | frozenset(
        {
            "$schema",
            "$vocabulary",
            "$id",
            "$anchor",
            "$dynamicAnchor",
            "$ref",
            "$dynamicRef",
            "$comment",
            "$recursiveRef",
        }
        | {"$recursiveAnchor", "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum"}
        | {"exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems"}
        | {"maxContains", "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "format"}
        | {"contentEncoding", "contentMediaType", "title", "description", "default", "deprecated", "readOnly"}
        | {"writeOnly", "examples", "dependencies", "discriminator"}
    )
)
# Words of other languages for what JSON Schema calls otherwise; what is only misspelt is found by its letters.
_MEANT = {
    "nullable": "write type: [string, null] (with the type that it has)",
    "optional": "leave the name out of required",
    "additionalItems": "write items beside prefixItems",
    "id": "use $defs and $ref to refer to a schema",
    **dict.fromkeys(("min", "ge", "minValue"), "did you mean minimum?"),
    **dict.fromkeys(("max", "le", "maxValue"), "did you mean maximum?"),
    "gt": "did you mean exclusiveMinimum?",
    "lt": "did you mean exclusiveMaximum?",
    **dict.fromkeys(("regex", "regexp", "match"), "did you mean pattern?"),
    **dict.fromkeys(("choices", "options", "values", "allowed", "oneof", "one_of"), "did you mean enum?"),
    **dict.fromkeys(("desc", "help", "doc"), "did you mean description?"),
    **dict.fromkeys(("length", "lenght", "size"), "did you mean maxLength?"),
    "example": "did you mean examples, a list?",
    **dict.fromkeys(("min_length", "minlen"), "did you mean minLength?"),
    **dict.fromkeys(("max_length", "maxlen"), "did you mean maxLength?"),
    "xml": "it is OpenAPI's; remove it",
    "externalDocs": "it is OpenAPI's; remove it",
}
# One of these, and the values are of some kind, or chosen elsewhere.
_SAYS_WHAT = frozenset(
    {"type", "enum", "const", "$ref", "$dynamicRef", "anyOf", "oneOf", "allOf", "not", "if", "properties", "items"}
    | {"prefixItems", "pattern", "format", "contentMediaType", "contentEncoding"}
)


def check_vocabulary(value: dict[str, Json], report: FindingReport) -> None:
    """Report unknown keywords in every schema of a manifest, and parameters that say nothing of their values."""
    for path, schema in _schemas(value):
        told = 0
        for below, node in jsonschemas.walk_subschemas(schema):
            for key in node:
                if key not in _KEYWORDS and not key.startswith("x-") and told < _TOLD_AT_MOST:
                    told += 1
                    message = (
                        f"{jsonschemas.shorten_value(key)} is no keyword of JSON Schema: {_advise(key, node[key])}"
                    )
                    report.at_key((*path, *below), key, "schema-keyword-unknown", message, "warning")
    parameters = value.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    for name, schema in properties.items() if isinstance(properties, dict) else ():
        untyped = schema is True or (isinstance(schema, dict) and _SAYS_WHAT.isdisjoint(schema))
        if untyped and not report.has_fault_below(("parameters", "properties", name)):
            message = (
                f"Parameter {name[:64]} has no type, so a model may send anything; say one, or where anything is "
                "meant: type: [string, number, boolean, object, array, 'null']."
            )
            report.at_key(("parameters", "properties"), name, "parameter-untyped", message, "warning")


def _schemas(value: dict[str, Json]) -> Iterator[tuple[Path, Json]]:
    for key in ("parameters", "returns"):
        if isinstance(value.get(key), dict):
            yield (key,), value[key]
    examples = value.get("examples")
    for index, example in enumerate(examples if isinstance(examples, list) else ()):
        if isinstance(example, dict) and isinstance(example.get("matches"), dict):
            yield ("examples", index, "matches"), example["matches"]


def _advise(key: str, value: Json) -> str:
    if value is None and (" " in key or key.endswith(".")):
        return "a comma ended the text that it belongs to; put the whole text in quotes."
    if key in _MEANT:
        return _MEANT[key] + ("" if _MEANT[key].endswith("?") else ".")
    guess = jsonschemas.find_nearest(key, sorted(_KEYWORDS))
    return (
        f"did you mean {guess}?" if guess else "nothing comes of it; where it is a note for others, begin it with x-."
    )


def check_possible_values(schema: Json, path: Path, report: FindingReport) -> None:
    """Report values of ``enum`` and ``const`` that their own schema refuses. ``schema`` has been compiled before.

    Where no value is left it is an error, because nobody can give such a parameter. The work is bounded.
    """
    parts = jsonschemas.Parts(schema)
    budget = jsonschemas.WorkBudget()
    left = _VALUES_AT_MOST
    for below, node in jsonschemas.walk_subschemas(schema):
        listed = node["enum"] if isinstance(node.get("enum"), list) else [node["const"]] if "const" in node else []
        if not listed or len(listed) > left or not node.keys() - _BOUNDS_NOTHING - {"enum"}:
            continue
        left -= len(listed)
        if _are_of_the_type(listed, node):
            continue
        validator = parts.at(below)
        refused: dict[int, str] = {}
        for index, value in enumerate(listed):
            fault = next(iter(validator.faults(value, budget)), None)
            if fault is not None and fault.code == jsonschemas.TOO_COSTLY:
                return
            if fault is not None:
                refused[index] = fault.message
        _tell((*path, *below), "enum" if "enum" in node else "const", listed, refused, report)


_BOUNDS_NOTHING = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
)


_TYPES: dict[Json, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def _are_of_the_type(listed: list[Json], schema: dict[str, Json]) -> bool:
    """Whether a schema asks for a type and no more, and each value is of it: most do, and need no engine."""
    kind = _TYPES.get(schema["type"]) if isinstance(schema.get("type"), str) else None
    asks_more = schema.keys() - _BOUNDS_NOTHING - {"type", "enum", "const"}
    return not asks_more and all(type(one) is kind for one in listed)


def _tell(path: Path, key: str, listed: list[Json], refused: dict[int, str], report: FindingReport) -> None:
    """Report the values at these places of a list, with what their schema says of each."""
    if len(refused) == len(listed):
        message = f"No value is possible: the schema beside {key} refuses each one, {_said(listed[0], refused[0])}."
        report.at_key(path, key, "enum-impossible", message)
        return
    for index in list(refused)[:_TOLD_AT_MOST]:
        message = (
            f"This value can never be given: the schema beside enum refuses {_said(listed[index], refused[index])}."
        )
        report.at((*path, "enum", index), "enum-impossible", message, "warning")


def _said(value: Json, fault: str) -> str:
    hint = "; add null to its type" if value is None else ""
    return f"{jsonschemas.shorten_value(value)} ({fault}{hint})"
