"""Select from a JSON document with JMESPath."""

from __future__ import annotations

import json
import math
from typing import Any

from time_limit import at_most

try:
    import jmespath
    from jmespath.exceptions import JMESPathError
except ImportError as error:
    raise ImportError("json_query needs the package jmespath, which this image does not hold.") from error

SECONDS = 5
MAX_RESULT_CHARACTERS = 200_000
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def main(document: str, expression: str) -> dict:
    """What ``expression`` selects; raises ValueError where the document or the expression is malformed."""
    with at_most(SECONDS, f"The expression took longer than {SECONDS} s; filter before you flatten, sort or multiply."):
        selected = _selected(_parsed(document), expression)
        fits = _fits(selected)
    return {
        "result": selected if fits else None,
        "type": _TYPES.get(type(selected), "null"),
        "truncated": not fits,
    }


def _parsed(document: str) -> Any:
    try:
        return json.loads(document, parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise ValueError(f"document is not JSON: {error}.") from None
    except RecursionError:
        raise ValueError("document is nested too deeply.") from None
    except ValueError:  # Python reads no more than 4,300 digits
        raise ValueError("document holds a number that is too large.") from None


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError
    return float(text)


def _selected(value: Any, expression: str) -> Any:
    try:
        return jmespath.search(expression, value)
    except JMESPathError as error:
        raise ValueError(f"The JMESPath expression failed: {' '.join(str(error).split())[:500]}") from None
    except RecursionError:
        raise ValueError("The expression or the document is nested too deeply.") from None
    except MemoryError:
        raise ValueError("What the expression builds on the way is too large; filter first.") from None


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
