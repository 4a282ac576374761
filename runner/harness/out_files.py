"""The files that a tool leaves in its folder for files, read by process 1 as what they are: somebody else's.

No link is followed, nothing but a regular file is read, nothing waits, and what is read is bounded whatever its size
says. A tool may go on writing meanwhile: then it gets what was there.
"""
# ruff: noqa: PTH208 -- pathlib is an import that every sandbox would pay for

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:  # without importing typing, which would cost every sandbox 2 ms
    from collections.abc import Iterator

    Found = tuple[bytes, bytes | str]

_PIECE_BYTES = 1 << 20
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_out_files(folder: str, most_files: int, most_bytes: int) -> Iterator[Found]:
    """Each name in the order of names, with its bytes, or with the word why it is left out.

    The words: ``name`` (it is no plain text, or has a backslash), ``kind`` (it is no regular file), ``unreadable``,
    ``size`` (it does not fit into what is left of ``most_bytes``), ``count`` (there were ``most_files`` before).
    """
    try:
        directory = os.open(folder, _FLAGS | os.O_DIRECTORY)
    except OSError:
        return
    try:
        for name in sorted(os.fsencode(name) for name in os.listdir(directory)):
            found: bytes | str = "count" if most_files == 0 else _read_file(directory, name, most_bytes)
            if isinstance(found, bytes):
                most_files, most_bytes = most_files - 1, most_bytes - len(found)
            yield name, found
    except OSError:
        return
    finally:
        os.close(directory)


def _read_file(directory: int, name: bytes, most_bytes: int) -> bytes | str:
    if not _is_plain(name):
        return "name"
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            return "kind"
        file = os.open(name, _FLAGS, dir_fd=directory)
    except OSError:
        return "unreadable"
    try:
        return _read_regular(file, most_bytes)
    except OSError:
        return "unreadable"
    finally:
        os.close(file)


def _is_plain(name: bytes) -> bool:
    try:
        return name.decode().isprintable() and b"\\" not in name  # which leads into folders, elsewhere
    except UnicodeDecodeError:
        return False


def _read_regular(file: int, most_bytes: int) -> bytes | str:
    status = os.fstat(file)  # it may be another by now
    if not stat.S_ISREG(status.st_mode):
        return "kind"
    data = bytearray()
    while status.st_size <= most_bytes and len(data) <= most_bytes:
        piece = os.read(file, min(_PIECE_BYTES, most_bytes + 1 - len(data)))
        if not piece:
            return bytes(data)
        data += piece
    return "size"
