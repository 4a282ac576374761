"""Files that a tool left for its caller, as blocks."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.model import Json

from .media_types import PICTURES, find_picture_type, guess_media_type

if TYPE_CHECKING:  # models' formats need blocks, and a check needs no runner
    from runner import LeftOut, OutFile


def make_attached_blocks(files: Sequence[OutFile], left_out: Sequence[LeftOut], more: int) -> list[Json]:
    """A block for each file, and a text that says what was left out, if anything was."""
    blocks = [_make_block(one) for one in files]
    if left_out:
        said = [f"{one.name} was left out: {one.reason}." for one in left_out]
        said += [f"{more} more files were left out."] if more else []
        blocks.append({"type": "text", "text": "\n".join(said)})
    return blocks


def _make_block(file: OutFile) -> Json:
    picture = find_picture_type(file.data)
    text = None if picture else _read_text(file.data)
    mime = picture or guess_media_type(file.name, is_text=text is not None)
    if picture or (mime == "image/svg+xml" and text is not None):
        return {"type": "image", "mime": mime, "name": file.name, "base64": base64.b64encode(file.data).decode()}
    if mime in PICTURES:
        mime = "application/octet-stream"  # a name makes no picture
    if text is None:
        return {"type": "file", "mime": mime, "name": file.name, "base64": base64.b64encode(file.data).decode()}
    return {"type": "file", "mime": mime, "name": file.name, "text": text}


def _read_text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
