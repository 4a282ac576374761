"""How long a body may be: as long as a tool's files take where they are taken, short everywhere else."""

from __future__ import annotations

import re

MAX_BODY_BYTES = 1024 * 1024
# The 5 MiB that a tool's folder may have, in base64, and room for all around it.
MAX_EDIT_BYTES = 8 * 1024 * 1024
TOO_LARGE = "the body is larger than this address takes: 1 MiB, or 8 MiB where it is a tool's files"
_EDITS = re.compile(rb"\r?\n?(?:POST|PUT|PATCH) /api/v1/(?:tools|shared)(?:/[^/ ?]*)?/?[ ?]")


def find_body_limit(head: bytes) -> int:
    """How many bytes of body a request may have, by its head or the beginning of that: method, address, a space."""
    return MAX_EDIT_BYTES if _EDITS.match(head) else MAX_BODY_BYTES
