"""Git's object ids, computed here from files on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from registry.model import File, FileKind

_MODES: dict[FileKind, bytes] = {"regular": b"100644", "executable": b"100755", "symlink": b"120000"}


def hash_object(kind: bytes, content: bytes, object_format: str) -> str:
    """Git's object id: the digest of ``<kind> <length> NUL <content>`` (gitformat-loose-objects)."""
    digest = hashlib.new(object_format, usedforsecurity=False)
    digest.update(b"%b %d\0" % (kind, len(content)))
    digest.update(content)
    return digest.hexdigest()


def hash_tree(files: Iterable[File], object_format: str) -> str:
    """The tree id that Git would give a folder; entries sort as if folders ended in ``/`` (git-mktree)."""
    entries: dict[bytes, bytes] = {}
    inner: dict[str, list[File]] = {}
    for file in files:
        first, slash, rest = file.path.partition("/")
        if slash:
            inner.setdefault(first, []).append(File(rest, file.kind, file.size, file.blob))
        else:
            # A file that was not read (a pipe, or too large) must still change the digest.
            blob = file.blob or hash_object(b"blob", f"{file.kind} {file.size}".encode(), object_format)
            mode = _MODES.get(file.kind, b"100644")
            entries[first.encode("utf-8", "surrogateescape")] = mode + b" " + _entry(first, blob)
    for folder, below in inner.items():
        key = folder.encode("utf-8", "surrogateescape") + b"/"
        entries[key] = b"40000 " + _entry(folder, hash_tree(below, object_format))
    return hash_object(b"tree", b"".join(entries[key] for key in sorted(entries)), object_format)


def _entry(name: str, blob: str) -> bytes:
    return name.encode("utf-8", "surrogateescape") + b"\0" + bytes.fromhex(blob)
