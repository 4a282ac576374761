"""Compiling with jsonschema-rs: formats asserted, expressions in linear time, nothing fetched."""

from __future__ import annotations

import urllib.parse
from typing import Any, NoReturn

import jsonschema_rs

from registry.model import Json

from .fault_wording import make_pointer
from .subschemas import Path

_ROOT = "urn:toolcrib:root"
_LINEAR = jsonschema_rs.RegexOptions()
"""Linear time in the length of the text; look-around and back references do not exist in it."""


def compile_for_engine(schema: Json, **options: Any) -> jsonschema_rs.Validator:
    """Compile without looking for other faults first. Raises ValueError where the engine refuses the schema."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        retriever=refuse_reference,
        pattern_options=_LINEAR,
        mask="the value",
        **options,
    )


def compile_within(root: Json, path: Path, *, of_items: bool = False) -> jsonschema_rs.Validator:
    """The part of ``root`` at ``path``, whose references are read from the root; or what asks it of each item."""
    registry = jsonschema_rs.Registry([(_ROOT, root)], retriever=refuse_reference)
    part = {"$ref": _ROOT + "#" + urllib.parse.quote(make_pointer(path), safe="/~")}
    return compile_for_engine({"items": part} if of_items else part, registry=registry)


def refuse_reference(uri: str) -> NoReturn:
    """The engine's way to fetch a schema: there is none."""
    raise ValueError(f"references leave the schema: {uri[:100]}")
