"""Select from a JSON document with JMESPath."""

from __future__ import annotations

import json
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

MAX_RESULT_CHARACTERS = 200_000
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def main(document: str, expression: str) -> dict:
    """What ``expression`` selects; raises ValueError where the document or the expression is malformed."""
    try:
        value = json.loads(document, parse_constant=_refuse)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"document is not JSON: {error}.") from None
    try:
        selected = jmespath.search(expression, value)
    except JMESPathError as error:
        raise ValueError(f"The JMESPath expression failed: {error}") from None
    except RecursionError:
        raise ValueError("The expression or the document is nested too deeply.") from None
    fits = _fits(selected)
    return {
        "result": selected if fits else None,
        "type": _TYPES.get(type(selected), "null"),
        "truncated": not fits,
    }


def _refuse(constant: str) -> None:
    raise json.JSONDecodeError(f"{constant} is no JSON number", constant, 0)


def _fits(value: Any) -> bool:
    """Whether the JSON text is short enough; stops as soon as it is not, since an expression can multiply its input."""
    length = 0
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        length += len(piece)
        if length > MAX_RESULT_CHARACTERS:
            return False
    return True
