"""Check a JSON document against a JSON Schema."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import jsonschema
from time_limit import at_most

MAX_MESSAGE_CHARACTERS = 500
MAX_DEPTH = 200
SECONDS = 5
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def main(document: str, schema: str, max_faults: int = 20) -> dict:
    """Whether ``document`` satisfies ``schema``; raises ValueError where either is unusable."""
    value, rules = _parsed(document, "document"), _parsed(schema, "schema")
    _refuse_elsewhere(rules)
    too_long = (
        f"Checking took longer than {SECONDS} s; simplify patterns, uniqueItems or nested references, or split it."
    )
    try:
        with at_most(SECONDS, too_long):
            faults = list(islice(_validator(rules).iter_errors(value), max_faults + 1))
    except RecursionError:
        raise ValueError("The schema refers to itself without end, or something is nested too deeply.") from None
    except Exception as error:  # a bad schema, reference or pattern: the classes differ between the library's versions
        said = getattr(error, "message", "") or str(error) or type(error).__name__
        raise ValueError(f"The schema is not usable: {said.splitlines()[0][:300]}.") from None
    return {
        "valid": not faults,
        "faults": [_described(fault) for fault in faults[:max_faults]],
        "truncated": len(faults) > max_faults,
    }


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{name} is not JSON: {error}.") from None
    except ValueError:  # Python reads no more than 4,300 digits
        raise ValueError(f"{name} holds a number with too many digits.") from None


def _refuse_elsewhere(node: Any, depth: int = 0) -> None:
    """The validator would fetch references to other documents; a schema must stand for itself."""
    if depth > MAX_DEPTH:
        raise ValueError(f"The schema is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(node, dict):
        for key in _REFERENCES:
            if isinstance(node.get(key), str) and not node[key].startswith("#"):
                raise ValueError(
                    f"The schema refers to {node[key][:200]!r}; only references within it (#...) are followed."
                )
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _refuse_elsewhere(inner, depth + 1)


def _validator(rules: Any) -> Any:
    if not isinstance(rules, (dict, bool)):
        raise TypeError("a schema is a JSON object, or true or false")
    kind = jsonschema.validators.validator_for(rules, default=jsonschema.Draft202012Validator)
    if isinstance(rules, dict):  # with a base address, references within the schema would point elsewhere
        rules = {key: value for key, value in rules.items() if key not in ("$id", "id") or not isinstance(value, str)}
    kind.check_schema(rules)
    return kind(rules)


def _described(fault: Any) -> dict:
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in fault.absolute_path)
    return {
        "pointer": "".join(f"/{step}" for step in steps),
        "rule": str(fault.validator),
        "message": fault.message[:MAX_MESSAGE_CHARACTERS],
    }
