"""What goes over a sandbox's standard input and output. Bytes only, no I/O.

Frames, in both directions: 1 byte type, 4 bytes length of the payload (big-endian), payload.

========= ========= ===========================================================================================
direction type      payload
========= ========= ===========================================================================================
in        ``J``     the job: 4 bytes length (big-endian) of a JSON header, the header, the arguments, the files.
                    Header: ``entry``, ``whole_object``, ``timeout_seconds``, ``arguments`` (size), ``files``
                    ([[path, size], ...] in the order of their bytes), ``environment``, ``result_bytes``,
                    ``log_bytes``, ``out_files`` and ``out_bytes`` (how many files may be told, and how large together)
out       ``W``     empty: the interpreter is up and waits for a job
out       ``B``     empty: the tool begins now
out       ``O`` ``E`` a piece of the tool's standard output or standard error, as it was written
out       ``R``     the result's JSON text as the tool gave it; only before a success
out       ``F``     a file that the tool left: 2 bytes length of its name, the name, its bytes; only after ``R``
out       ``L``     which files were left out, once, after those: a JSON object ``{names: [[name in hexadecimal, why],
                    ...], more}``; the first few, and the number of all others
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
FILE, LEFT_OUT = b"F", b"L"
HEAD = struct.Struct(">cI")
JOB_BYTES = 16_777_216
MESSAGE_CHARACTERS = 4096
"""The most of a text in an end, but for a traceback: what is as long was cut there."""
TRACEBACK_CHARACTERS = 32_768
END_BYTES = 319_488
"""The most that an end takes: all of its texts at their longest, each character escaped in six bytes."""
DETAILS: dict[str, type] = {
    "type": str,
    "message": str,
    "traceback": str,
    "line": int,
    "code": int,
    "signal": str,
    "returned": str,
}
"""What the details of an end may hold, and of which type each is, if it is not null. Nothing in them is nested."""
LEFT_OUT_NAMES = 8
LEFT_OUT_BYTES = 8192
"""The most that is said of files left out: names have at most 255 bytes."""
_LENGTH = struct.Struct(">I")
_NAME_LENGTH = struct.Struct(">H")


def pack(kind: bytes, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEAD.pack(kind, len(payload)) + payload


def pack_file(name: bytes, data: bytes) -> bytes:
    """The frame of one file."""
    return pack(FILE, _NAME_LENGTH.pack(len(name)) + name + data)


def unpack_file(payload: bytes) -> tuple[bytes, bytes]:
    """Name and bytes of a file, from its frame's payload. Raises ValueError for one that is cut short."""
    start = _NAME_LENGTH.size
    end = start + (_NAME_LENGTH.unpack_from(payload)[0] if len(payload) >= start else len(payload))
    if end > len(payload):
        raise ValueError("a file's frame is cut short")
    return payload[start:end], payload[end:]


def pack_left_out(names: list[tuple[bytes, str]]) -> bytes:
    """The frame that tells which files were left out, and why."""
    first = [[name.hex(), why] for name, why in names[:LEFT_OUT_NAMES]]
    return pack(LEFT_OUT, json.dumps({"names": first, "more": len(names) - len(first)}).encode())


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
