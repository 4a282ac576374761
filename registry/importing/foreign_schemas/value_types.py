"""Whether a value has a type of JSON Schema."""

from __future__ import annotations

from registry.model import Json

_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def has_type(value: Json, types: Json) -> bool:
    """Whether a value is of one of the types, which may be one, a list, or nothing at all."""
    if not types:
        return True
    listed = types if isinstance(types, list) else [types]
    return any(isinstance(value, _PYTHON[one]) and (one == "boolean") >= isinstance(value, bool) for one in listed)
