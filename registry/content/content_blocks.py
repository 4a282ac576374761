"""The blocks of a result, each in the one form that answers, formats and the page take them in."""

from __future__ import annotations

import base64
from typing import Final, Literal

from registry.model import Json

from .media_types import PICTURES, find_picture_type, guess_media_type

CONTENT: Final = "$content"
MediaType = Literal["picture", "vector", "pdf", "text", "other"]
"""What can become of a block: a picture of pixels, one of shapes, a document, something to read, anything else."""
_SNIFFED_CHARACTERS = 64
_PDF = b"%PDF-"
_READABLE = ("text/", "application/json", "application/xml", "application/yaml", "application/x-ndjson")


def has_content(result: Json) -> bool:
    """Whether a result is nothing but blocks."""
    return isinstance(result, dict) and result.keys() == {CONTENT}


def list_blocks(result: Json, attached: Json) -> list[Json]:
    """All blocks of an execution: those that its result is, then its attached files. Both must have been checked."""
    returned = result[CONTENT] if has_content(result) else []
    return [*(_complete(one) for one in returned), *(attached or ())]


def find_media_type(block: Json) -> MediaType:
    """What an image or a file is for whoever shows it: what its bytes are, where it says that it is a picture or PDF.

    A provider that gets bytes as a picture that are none refuses the whole conversation.
    """
    mime = bare_type(block)
    if mime == "image/svg+xml":
        return "vector"
    if "text" in block:
        return "text"
    beginning = _decode_beginning(block)
    if mime in PICTURES and find_picture_type(beginning):
        return "picture"
    if mime == "application/pdf" and beginning.startswith(_PDF):
        return "pdf"
    return "text" if mime.startswith(_READABLE) else "other"


def bare_type(block: Json) -> str:
    """Its media type without parameters, in small letters."""
    return str(block["mime"]).partition(";")[0].strip().lower()


def read_block_text(block: Json) -> str | None:
    """What there is to read in a file or a vector picture; None where that is no text."""
    if "text" in block:
        return str(block["text"])
    if find_media_type(block) not in {"text", "vector"}:
        return None
    try:
        return base64.b64decode(block.get("base64", "")).decode()
    except ValueError:
        return None


def describe_block(block: Json) -> str:
    """A line that says what a block is, for those that cannot be shown it."""
    name = block.get("name") or f"an {block['type']}"
    return f"[{name}: {block['mime']}, {count_bytes(block)} bytes]"


def count_bytes(block: Json) -> int:
    """How many bytes an image or a file has."""
    if "omitted_bytes" in block:
        return int(block["omitted_bytes"])
    if "text" in block:
        return len(str(block["text"]).encode())
    text = str(block["base64"])
    return len(text) // 4 * 3 - text[-2:].count("=")


def strip_bytes(result: Json) -> Json:
    """A result of blocks with each said and none of its bytes: what stands where they have been sent already."""
    return {CONTENT: [one if one["type"] == "text" else _without_bytes(_complete(one)) for one in result[CONTENT]]}


def _without_bytes(block: Json) -> Json:
    kept = {key: value for key, value in block.items() if key not in {"base64", "text"}}
    return kept | {"omitted_bytes": count_bytes(block)}


def _complete(block: Json) -> Json:
    """A block as it was returned, with its media type: said by the bytes where they are a well-known picture's."""
    if block["type"] == "text":
        return block
    given = block.get("mime") or guess_media_type(block["name"], is_text="text" in block)
    sniffed = find_picture_type(_decode_beginning(block))
    if sniffed is not None and bare_type({"mime": given}) in PICTURES:
        given = sniffed
    return {"type": block["type"], "mime": given, **{k: v for k, v in block.items() if k not in {"type", "mime"}}}


def _decode_beginning(block: Json) -> bytes:
    return base64.b64decode(block.get("base64", "")[:_SNIFFED_CHARACTERS])
