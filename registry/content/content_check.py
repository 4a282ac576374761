"""Whether what a tool returned as ``$content`` is a list of blocks: its shape is in ``schemas/content.schema.json``."""

from __future__ import annotations

import base64
import binascii
from functools import cache

from registry.errors import Fault
from registry.json_text import loads
from registry.jsonschemas import Validator, compile_schema
from registry.model import Json
from registry.package_files import SCHEMAS

from .content_blocks import CONTENT


def check_content(result: Json) -> tuple[Fault, ...]:
    """What is wrong with a result of blocks, each with its place; nothing where it is as it must be."""
    faults = _validator().faults(result)
    if faults:
        return faults
    places = [(f"/{CONTENT}/{at}/base64", one["base64"]) for at, one in enumerate(result[CONTENT]) if "base64" in one]
    return tuple(Fault(place, "Is not base64 (RFC 4648, section 4)", "base64") for place, text in places if _bad(text))


@cache
def _validator() -> Validator:
    definitions = loads((SCHEMAS / "content.schema.json").read_bytes())["$defs"]
    return compile_schema({"$ref": "#/$defs/ContentResult", "$defs": definitions})


def _bad(text: str) -> bool:
    try:
        # What is decoded and written again must be the same: else two readers may read two things.
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() != text
    except (binascii.Error, ValueError):
        return True
