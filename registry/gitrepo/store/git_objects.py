"""Read objects of any kind, and write new ones, with one Git command each.

New objects are packed into one stream (gitformat-pack) for ``git unpack-objects``: Git itself checks the bytes, writes
the files and syncs them to disk. That is one command, however many objects a commit needs.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from registry.errors import GitFailed

from .git_command import DURABLE
from .object_ids import hash_object
from .repository import Repository

_PACKED_KINDS = {b"commit": 1, b"tree": 2, b"blob": 3}


class Object(NamedTuple):
    """An object as stored: its id, its kind (``commit``, ``tree``, ``blob``, ``tag``) and its bytes."""

    identity: str
    kind: str
    content: bytes


def read_objects(repository: Repository, names: Sequence[str]) -> list[Object | None]:
    """The object that each name stands for, None if there is none. A name is anything that ``git rev-parse`` takes,
    without newlines."""
    if not names:
        return []
    printed = repository.git(
        "cat-file", "--batch", "--buffer", stdin="".join(f"{name}\n" for name in names).encode("utf-8")
    )
    found: list[Object | None] = []
    at = 0
    for name in names:
        end = printed.index(b"\n", at)
        header = printed[at:end]
        at = end + 1
        if header == f"{name} missing".encode():
            found.append(None)
            continue
        identity, kind, size = header.split(b" ")
        found.append(Object(identity.decode(), kind.decode(), printed[at : at + int(size)]))
        at += int(size) + 1
    return found


def read_object_sizes(repository: Repository, identities: Collection[str]) -> dict[str, int]:
    """The size of each of these objects that is there, in bytes."""
    if not identities:
        return {}
    asked = "".join(f"{one}\n" for one in identities).encode()
    printed = repository.git("cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", stdin=asked)
    words = [line.split(" ") for line in printed.decode().splitlines()]
    return {one: int(size) for one, size in words if size.isdigit()}


@dataclass(slots=True)
class NewObjects:
    """Objects to be written, by id."""

    object_format: str
    _contents: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)

    def add(self, kind: bytes, content: bytes) -> str:
        """Add an object; returns its id."""
        identity = hash_object(kind, content, self.object_format)
        self._contents[identity] = kind, content
        return identity

    def write(self, repository: Repository) -> None:
        """Write all objects and sync them to disk. Raises GitFailed when the disk is full, for example; no ref names
        what was written by then."""
        repository.git(*DURABLE, "unpack-objects", "-q", stdin=self._packed())

    def restore(self, repository: Repository) -> None:
        """Write again what is gone, if anything: ``git gc --prune=now`` removes what no branch names yet.

        Costs a look at a file each where nothing is. Raises GitFailed.
        """
        objects = repository.common_dir / "objects"
        if all((objects / one[:2] / one[2:]).exists() for one in self._contents):
            return
        if None in read_objects(repository, list(self._contents)):  # else it is in a pack
            self.write(repository)

    def _packed(self) -> bytes:
        parts = [b"PACK", struct.pack(">II", 2, len(self._contents))]
        for kind, content in self._contents.values():
            parts += [_packed_header(_PACKED_KINDS[kind], len(content)), zlib.compress(content, 1)]
        stream = b"".join(parts)
        return stream + hashlib.new(self.object_format, stream, usedforsecurity=False).digest()


def _packed_header(kind: int, size: int) -> bytes:
    """Kind and size of a packed object: four bits of the size with the kind, then seven in each further byte."""
    header = bytearray()
    byte, size = (kind << 4) | (size & 0x0F), size >> 4
    while size:
        header.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    header.append(byte)
    return bytes(header)


def expect_tree(found: Object | None, what: str) -> bytes:
    """The bytes of a tree that must exist. Raises GitFailed, naming ``what``, when it does not."""
    if found is None or found.kind != "tree":
        raise GitFailed(f"the repository has no folder {what}: run `git fsck`")
    return found.content
