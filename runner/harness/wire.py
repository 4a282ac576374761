"""What goes over a sandbox's standard input and output. Bytes only, no I/O.

Frames, in both directions: 1 byte type, 4 bytes length of the payload (big-endian), payload.

========= ========= ===========================================================================================
direction type      payload
========= ========= ===========================================================================================
in        ``J``     the job: 4 bytes length (big-endian) of a JSON header, the header, the arguments, the files.
                    Header: ``entry``, ``whole_object``, ``timeout_seconds``, ``arguments`` (size), ``files``
                    ([[path, size], ...] in the order of their bytes), ``environment``, ``result_bytes``, ``log_bytes``
out       ``W``     empty: the interpreter is up and waits for a job
out       ``B``     empty: the tool begins now
out       ``O`` ``E`` a piece of the tool's standard output or standard error, as it was written
out       ``R``     the result's JSON text as the tool gave it; only before a success
out       ``X``     the end, as a JSON object in UTF-8: ``status``, ``truncated``, ``duration_ms``, and of all but a
                    success ``kind``, ``message`` and ``details`` (null, or an object of the fields in :data:`DETAILS`)
========= ========= ===========================================================================================
"""

from __future__ import annotations

import json
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from typing import Any

WHOLE = b"\0"
"""What ends a function's report of its result: JSON has no such byte."""
WAITING, BEGAN, STDOUT, STDERR, RESULT, END, JOB = b"W", b"B", b"O", b"E", b"R", b"X", b"J"
HEAD = struct.Struct(">cI")
JOB_BYTES = 16_777_216
MESSAGE_CHARACTERS = 4096
"""The most of a text in an end, but for a traceback: what is as long was cut there."""
TRACEBACK_CHARACTERS = 32_768
END_BYTES = 294_912
"""The most that an end takes: all of its texts at their longest, each character escaped in six bytes."""
DETAILS: dict[str, type] = {"type": str, "message": str, "traceback": str, "line": int, "code": int, "signal": str}
"""What the details of an end may hold, and of which type each is, if it is not null. Nothing in them is nested."""
_LENGTH = struct.Struct(">I")


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEAD.pack(kind, len(payload)) + payload


def pack_job(header: dict[str, Any], arguments: bytes, files: dict[str, bytes]) -> bytes:
    """The job frame; ``arguments`` and ``files`` of the header are filled in here."""
    sizes = [[path, len(data)] for path, data in files.items()]
    text = json.dumps({**header, "arguments": len(arguments), "files": sizes}).encode()
    return pack(JOB, b"".join([_LENGTH.pack(len(text)), text, arguments, *files.values()]))


def unpack_job(payload: bytes) -> tuple[dict[str, Any], bytes, dict[str, bytes]]:
    """The header, the arguments and the files of a job frame's payload."""
    start = _LENGTH.size + _LENGTH.unpack_from(payload)[0]
    header = json.loads(payload[_LENGTH.size : start])
    arguments = payload[start : start + header["arguments"]]
    start += header["arguments"]
    files = {}
    for path, size in header["files"]:
        files[path] = payload[start : start + size]
        start += size
    return header, arguments, files
