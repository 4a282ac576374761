"""Secrets in texts, pictures and files: found in the bytes that are meant, and not in their base64."""

from __future__ import annotations

import base64

from registry.model import Json
from registry.secrets import Redactor


def redact_block(block: Json, redactor: Redactor) -> Json:
    """A block without the values. What is base64 stays base64: a picture that holds one is hardly a picture after."""
    said = redactor.json({key: value for key, value in block.items() if key != "base64"})
    if "base64" not in block:
        return said
    text = base64.b64decode(block["base64"]).decode("utf-8", "surrogateescape")
    hidden = redactor.text(text)
    if hidden == text:
        return said | {"base64": block["base64"]}
    return said | {"base64": base64.b64encode(hidden.encode("utf-8", "surrogateescape")).decode()}
