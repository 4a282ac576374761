"""Compiling with jsonschema-rs: formats asserted, expressions in linear time, nothing fetched."""

from __future__ import annotations

import urllib.parse
from typing import Any, NoReturn

import jsonschema_rs

from registry.model import Json

from .fault_wording import make_pointer
from .look_ahead import LOOKS_AHEAD, needs_look_ahead
from .subschemas import Path

_ROOT = "urn:toolcrib:root"
_LINEAR = jsonschema_rs.RegexOptions()
"""Linear time in the length of the text; look-around (but see :mod:`.look_ahead`) and back references do not exist."""


def compile_for_engine(schema: Json, **options: Any) -> jsonschema_rs.Validator:
    """Compile without looking for other faults first. Raises ValueError where the engine refuses the schema.

    ``root`` among the options is the schema that holds all expressions, where that is another.
    """
    root = options.pop("root", schema)
    options = {"validate_formats": True, "retriever": refuse_reference, "mask": "the value", **options}
    try:
        return jsonschema_rs.Draft202012Validator(schema, pattern_options=_LINEAR, **options)
    except ValueError:
        if not needs_look_ahead(root):
            raise
        return jsonschema_rs.Draft202012Validator(schema, pattern_options=LOOKS_AHEAD, **options)


def compile_within(root: Json, path: Path, *, of_items: bool = False) -> jsonschema_rs.Validator:
    """The part of ``root`` at ``path``, whose references are read from the root; or what asks it of each item."""
    registry = jsonschema_rs.Registry([(_ROOT, root)], retriever=refuse_reference)
    part = {"$ref": _ROOT + "#" + urllib.parse.quote(make_pointer(path), safe="/~")}
    return compile_for_engine({"items": part} if of_items else part, registry=registry, root=root)


def refuse_reference(uri: str) -> NoReturn:
    """The engine's way to fetch a schema: there is none."""
    raise ValueError(f"references leave the schema: {uri[:100]}")
