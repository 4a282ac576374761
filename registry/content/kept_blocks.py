"""What a record keeps of attached files: an audit is no store of pictures."""

from __future__ import annotations

from typing import Final

from registry.model import Json

from .content_blocks import count_bytes

KEPT_BYTES: Final = 1024 * 1024
"""The most of the files of one execution, together. What a result has as ``$content`` is in the result."""


def keep_blocks(attached: Json) -> Json:
    """The blocks with the bytes of those that fit, in their order; of the others it is kept what they were."""
    left = KEPT_BYTES
    kept = []
    for block in attached or ():
        size = 0 if block["type"] == "text" else count_bytes(block)
        if size <= left:
            left -= size
            kept.append(block)
        else:
            said = {key: value for key, value in block.items() if key not in {"base64", "text"}}
            kept.append(said | {"omitted_bytes": size})
    return kept or None
