"""Bytes of a server as a content block, whatever the server says of them. Standard library only."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import unquote

_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_UNKNOWN = "application/octet-stream"
_MOST_NAME = 200


def make_file_block(data: bytes, mime: str, address: str) -> dict[str, Any]:
    """An image, or a file that is named after the end of its address."""
    bare = mime.partition(";")[0].strip().lower()
    known = bare if _MIME.fullmatch(bare) else _UNKNOWN
    text = base64.b64encode(data).decode()
    if known.startswith("image/") and data:
        return {"type": "image", "mime": known, "base64": text}
    return {"type": "file", "name": _make_name(address), "mime": known, "base64": text}


def _make_name(address: str) -> str:
    path = unquote(re.split(r"[?#]", address, maxsplit=1)[0])
    last = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    name = "".join(one for one in last if one.isprintable())[-_MOST_NAME:].strip()
    return "file" if name in ("", ".", "..") else name
