"""The shapes of bodies and answers, as ``schemas/`` writes them: for checking requests and for ``/openapi.json``."""

from __future__ import annotations

import re
from functools import cache

from registry.errors import InputRefused
from registry.json_text import dumps, loads
from registry.jsonschemas import Validator, compile_schema
from registry.model import Json
from registry.package_files import SCHEMAS

_FILES = ("people", "models", "executions", "calls", "edits", "history", "mcp", "problem", "content")
_REFERENCE = re.compile(rb'"(?:\w+\.schema\.json)?#/\$defs/(\w+)"')


@cache
def load_components() -> dict[str, Json]:
    """Every named shape, with references as an OpenAPI document's components write them."""
    found: dict[str, Json] = {}
    for name in _FILES:
        document = loads((SCHEMAS / f"{name}.schema.json").read_bytes())
        found |= loads(_REFERENCE.sub(rb'"#/components/schemas/\1"', dumps(document["$defs"])))
    return found


@cache
def get_validator(name: str) -> Validator:
    """The validator of one named shape."""
    return compile_schema({"$ref": f"#/components/schemas/{name}", "components": {"schemas": load_components()}})


def read_shape(name: str, body: bytes) -> Json:
    """The body of a request as JSON of that shape. Raises InputRefused with every fault."""
    value = loads(body)
    faults = get_validator(name).faults(value)
    if faults:
        raise InputRefused("the body is not what this address takes", faults)
    return value
